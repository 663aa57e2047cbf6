import Hummingbird
import NIOCore

/// `/livez` and `/readyz`, for whoever balances load between instances. Why one is not ready is nobody's business
/// here: the admin port says it.
public struct HealthRoutes: Sendable {
    /// The path that says whether the service wants requests.
    static let readiness = "/readyz"

    private let isReady: @Sendable () async -> Bool

    /// Routes that ask `isReady` each time.
    public init(isReady: @escaping @Sendable () async -> Bool) {
        self.isReady = isReady
    }

    /// Adds them.
    public func add(to router: Router<APIContext>) {
        router.get("/livez") { _, _ in Self.answer(.ok, "ok\n") }
        router.get(RouterPath(Self.readiness)) { _, _ in
            await isReady() ? Self.answer(.ok, "ready\n") : Self.answer(.serviceUnavailable, "not ready\n")
        }
    }

    private static func answer(_ status: HTTPResponse.Status, _ text: String) -> Response {
        var headers: HTTPFields = [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"]
        if status == .serviceUnavailable { headers[.retryAfter] = "5" }
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: text)))
    }
}

extension Router<APIContext> {
    /// Every path answers the methods it has no route for with 405, and OPTIONS with what it has. To be called last.
    func addMethodNotAllowed() {
        let methods = Dictionary(grouping: routes, by: \.path.description).values
        for group in methods {
            var allowed = Set(group.map(\.method))
            if allowed.contains(.get) { allowed.insert(.head) }
            let words = (allowed.map(\.rawValue) + ["OPTIONS"]).sorted()
            for method in Self.answered where !allowed.contains(method) {
                on(group[0].path, method: method) { _, _ -> Response in
                    if method == .options {
                        return Response(status: .noContent, headers: [.allow: words.joined(separator: ", ")])
                    }
                    throw Problem.methodNotAllowed(words)
                }
            }
        }
    }

    private static var answered: [HTTPRequest.Method] {
        [.get, .head, .post, .put, .patch, .delete, .options, .trace]
    }
}
