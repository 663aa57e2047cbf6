import Hummingbird
import RemindersTokens

/// Finds out who asks. Without a token the request goes on without an identity; routes that need one ask for it.
struct Authentication: RouterMiddleware {
    let verifier: TokenVerifier

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let credentials = request.headers[values: .authorization]
        guard let first = credentials.first else { return try await next(request, context) }
        guard credentials.count == 1 else { throw Problem.badRequest("Send one Authorization header") }
        guard let token = Self.token(first) else { throw Problem.unauthenticated }
        var context = context
        do {
            context.grant = try await verifier.grant(of: token)
        } catch .keysUnavailable {
            throw Problem.unavailable("Tokens can not be checked at the moment")
        } catch {
            throw Problem.unauthorized(error)
        }
        return try await next(request, context)
    }

    /// What follows `Bearer` (RFC 6750 §2.1; the scheme in any case, RFC 9110 §11.1).
    private static func token(_ credentials: String) -> String? {
        let parts = credentials.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }
}

/// Lets only bearers with a scope through to the routes of a group.
public struct RequiredScope: RouterMiddleware {
    private let scope: Scope

    /// 401 without a token, 403 without this scope.
    public init(_ scope: Scope) {
        self.scope = scope
    }

    /// Answers with a `Problem`, or goes on.
    public func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        try context.require(scope)
        return try await next(request, context)
    }
}
