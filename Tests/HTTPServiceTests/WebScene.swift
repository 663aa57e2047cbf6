import Foundation
import Glibc
import Hummingbird
import Logging
import RemindersDomain
import RemindersHTTPService
import RemindersTokens
import ServiceLifecycle

/// A server on a free port, with routes that do what tests need, until the scene is over.
struct WebScene: Sendable {
    static let secret = "a secret for tests, which is long enough"
    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    let port: Int
    private let group: ServiceGroup

    /// Begins the shutdown that SIGTERM begins; requests in hand are finished.
    func stop() async {
        await group.triggerGracefulShutdown()
    }

    static func play(
        _ configure: (inout HTTPServerConfiguration) -> Void = { _ in },
        verifier: TokenVerifier = TokenVerifier(secret: secret), logger: Logger = quiet,
        routes: (Router<APIContext>) -> Void = { _ in }, _ scene: (WebScene) async throws -> Void
    ) async throws {
        var configuration = HTTPServerConfiguration()
        configuration.port = 0
        configure(&configuration)
        let (ports, bound) = AsyncStream.makeStream(of: Int.self)
        let server = HTTPServer(
            configuration: configuration, verifier: verifier, logger: logger, onBound: { bound.yield($0) },
            routes: { router in
                addRoutes(to: router)
                routes(router)
            })
        let group = ServiceGroup(configuration: .init(services: [server], logger: quiet))
        let running = Task { try await group.run() }
        var iterator = ports.makeAsyncIterator()
        let web = WebScene(port: await iterator.next() ?? 0, group: group)
        do {
            try await scene(web)
        } catch {
            await web.stop()
            throw error
        }
        await web.stop()
        try await running.value
    }

    /// Sends one request on a connection of its own.
    func send(
        _ method: String = "GET", _ path: String, _ headers: [String: String] = [:], body: String? = nil
    ) async throws -> RawAnswer {
        let connection = try RawConnection(port)
        var headers = headers
        if let body {
            headers["Content-Length"] = "\(body.utf8.count)"
            if headers["Content-Type"] == nil { headers["Content-Type"] = "application/json" }
        }
        let lines = headers.map { "\($0.key): \($0.value)\r\n" }.joined()
        try await connection.send("\(method) \(path) HTTP/1.1\r\nHost: test\r\n\(lines)\r\n\(body ?? "")")
        return try await connection.readAnswer(hasBody: method != "HEAD")
    }

    /// A header with a token.
    static func bearer(_ user: String, _ scopes: Set<Scope> = [], lifetime: Duration = .seconds(600)) -> [String:
        String]
    {
        let issuer = TokenIssuer(secret: secret)
        let token = issuer.token(
            for: Identity(userID: OpaqueID(user), scopes: scopes), issuedAt: Int64(time(nil)), lifetime: lifetime)
        return ["Authorization": "Bearer \(token)"]
    }

    private struct Unexpected: Error {}

    private static func addRoutes(to router: Router<APIContext>) {
        router.get("/me") { _, context in Response.json(.ok, Array("\"\(try context.requireIdentity().userID)\"".utf8))
        }
        router.get("/admin") { _, context in Response.json(.ok, Array("\"\(try context.require(.admin).userID)\"".utf8))
        }
        router.get("/broken") { _, _ -> Response in throw Unexpected() }
        router.post("/echo") { request, context in
            let body = try await JSONBody.read(request, context)
            return Response.json(.ok, body.bytes)
        }
        router.patch("/echo") { request, context in
            Response.json(.ok, try await JSONBody.read(request, context).bytes)
        }
        router.post("/fields") { request, context in
            var body = try await JSONBody.read(request, context).object()
            let title = body.text("title", upTo: 10, required: true)
            _ = body.integer("count", in: 1...5)
            try body.check()
            return Response.json(.ok, Array("\"\(title ?? "")\"".utf8))
        }
        router.get("/thing/:id") { request, context in
            Response.resource(.ok, Array("\"\(try context.identifier("id"))\"".utf8), answering: request)
        }
        router.delete("/thing/:id") { request, context in
            try EntityTag(of: Array("\"\(try context.identifier("id"))\"".utf8)).requireMatch(request)
            return Response.noContent
        }
        router.get("/numbers") { request, context in
            var query = QueryReader(request)
            let page = query.page(of: "numbers", columns: 1, context)
            _ = query.boolean("odd")
            try query.check()
            let first = (page.after?[0] ?? 0) + 1
            var list = JSONList(page)
            list.add(Array((first...10).prefix(page.wanted)), position: { [$0] }) { $1.write("number", $0) }
            return list.response(to: request, context)
        }
    }
}
