import Hummingbird
import RemindersDomain

/// Lets pages of other origins call this server (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol), without
/// cookies: the token travels in a header.
struct CrossOrigin: RouterMiddleware {
    private let origins: [String]
    private let allowsAll: Bool

    private static let methods = "GET, POST, PUT, PATCH, DELETE"
    private static let headers =
        "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, X-Request-ID"
    private static let exposed = "ETag, Link, Location, Retry-After, Idempotency-Replayed, X-Request-ID"
    /// Seconds a browser may remember the permission; browsers have lower limits of their own.
    private static let maximumAge = "7200"

    /// - Parameter allowed: origins, or `*` for every one.
    init(allowed: [String]) {
        origins = allowed
        allowsAll = allowed.contains("*")
    }

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let origin = request.headers[.origin]
        let isAllowed = origin.map { allowsAll || origins.contains(where: $0.hasSameBytes) } ?? false
        let isPreflight =
            request.method == .options && origin != nil && request.headers[.accessControlRequestMethod] != nil
        var response: Response
        if !isPreflight {
            response = try await next(request, context)
        } else if isAllowed {
            context.coreContext.endpointPath.value = "preflight"
            response = Response(
                status: .noContent,
                headers: [
                    .accessControlAllowMethods: Self.methods, .accessControlAllowHeaders: Self.headers,
                    .accessControlMaxAge: Self.maximumAge,
                ])
        } else {
            context.coreContext.endpointPath.value = "preflight"
            response = Problem(.forbidden, detail: "Pages of this origin may not call this service")
                .response(instance: request.uri.path)
        }
        if !origins.isEmpty, !allowsAll { response.headers[.vary] = "Origin" }
        if isAllowed, let origin {
            response.headers[.accessControlAllowOrigin] = allowsAll ? "*" : origin
            response.headers[.accessControlExposeHeaders] = Self.exposed
        }
        return response
    }
}
