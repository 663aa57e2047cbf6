import RemindersHTTPService
import RemindersServiceKit

extension ServiceParts {
    /// An HTTP server with these routes beside `/livez` and `/readyz`, to be run by a part of its own. Until it listens the
    /// service is not ready.
    func httpServer(
        _ configuration: HTTPServerConfiguration, _ tokens: TokenChecks, routes: (APIRouter) -> Void
    ) -> HTTPServer {
        let readiness = readiness
        let listening = readiness.flag("http", initially: "does not listen yet")
        return HTTPServer(
            configuration: configuration, verifier: tokens.verifier(in: self), logger: logger,
            onBound: { _ in listening.set(.ok) }
        ) { router in
            HealthRoutes { await readiness.report().isReady }.add(to: router)
            routes(router)
        }
    }
}
