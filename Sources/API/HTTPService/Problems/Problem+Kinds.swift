import Hummingbird
import RemindersTokens

extension Problem {
    /// 400: the request itself is malformed, or has fields nobody knows.
    public static func badRequest(_ detail: String, _ errors: [FieldProblem] = []) -> Problem {
        Problem(.badRequest, detail: detail, errors: errors)
    }

    /// 422: understood, but with values that cannot be.
    public static func invalid(_ errors: [FieldProblem]) -> Problem {
        let detail = errors.count == 1 ? "1 field is not valid" : "\(errors.count) fields are not valid"
        return Problem(.unprocessableContent, detail: detail, errors: errors)
    }

    /// 422 because of one field.
    public static func invalid(_ pointer: String, _ detail: String) -> Problem {
        invalid([FieldProblem(pointer, detail)])
    }

    /// 404. Also for what exists and belongs to somebody else.
    public static func notFound(_ detail: String) -> Problem {
        Problem(.notFound, detail: detail)
    }

    /// 405 with the methods that would be answered.
    public static func methodNotAllowed(_ allowed: [String]) -> Problem {
        let words = allowed.joined(separator: ", ")
        return Problem(.methodNotAllowed, detail: "Allowed here: \(words)", headers: [.allow: words])
    }

    /// 409: it cannot be done in the present state.
    public static func conflict(_ detail: String) -> Problem {
        Problem(.conflict, detail: detail)
    }

    /// 412: `If-Match` names another version than there is.
    public static let preconditionFailed = Problem(
        .preconditionFailed, detail: "It was changed since: get it again, and send If-Match with the new ETag")

    /// 401 without a token (RFC 6750 §3).
    public static let unauthenticated = Problem(
        .unauthorized, detail: "Send a token: Authorization: Bearer …",
        headers: [.wwwAuthenticate: "Bearer realm=\"reminders\""])

    /// 401 for a token that is refused (RFC 6750 §3.1), with the reason and nothing of the token.
    public static func unauthorized(_ error: TokenError) -> Problem {
        let challenge = "Bearer realm=\"reminders\", error=\"invalid_token\", error_description=\"\(error)\""
        return Problem(.unauthorized, detail: "\(error)", headers: [.wwwAuthenticate: challenge])
    }

    /// 403: the whole area is for bearers of a scope.
    public static func forbidden(_ scope: Scope) -> Problem {
        let challenge = "Bearer realm=\"reminders\", error=\"insufficient_scope\", scope=\"\(scope.rawValue)\""
        return Problem(
            .forbidden, detail: "This needs a token with the scope \(scope.rawValue)",
            headers: [.wwwAuthenticate: challenge])
    }

    /// 429: too much in too little time.
    public static func tooManyRequests(retryAfter: Duration) -> Problem {
        Problem(
            .tooManyRequests, detail: "More requests than one user may send; try again later",
            headers: [.retryAfter: seconds(retryAfter)])
    }

    /// 503: something this service depends on does not answer.
    public static func unavailable(_ detail: String, retryAfter: Duration = .seconds(5)) -> Problem {
        Problem(.serviceUnavailable, detail: detail, headers: [.retryAfter: seconds(retryAfter)])
    }

    /// Whole seconds, rounded up, at least one: `Retry-After` of RFC 9110 §10.2.3.
    private static func seconds(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        return String(max(1, seconds + (attoseconds > 0 ? 1 : 0)))
    }
}
