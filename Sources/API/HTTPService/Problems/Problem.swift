import Hummingbird
import NIOCore
import RemindersContracts
import RemindersTokens

/// What is wrong with one field of a request.
public struct FieldProblem: Hashable, Sendable {
    /// A JSON pointer into the body (`/title`), or `query/limit`, `path/id`, `header/Idempotency-Key`.
    public let pointer: String
    /// One sentence fragment: "must be one of low, normal, high, urgent".
    public let detail: String

    /// Puts the two together.
    public init(_ pointer: String, _ detail: String) {
        self.pointer = pointer
        self.detail = detail
    }
}

/// An answer that says what went wrong: `application/problem+json` of RFC 9457. Throw it from anywhere in a route.
public struct Problem: Error, HTTPResponseError, Sendable {
    /// The status, also shown in the body.
    public var status: HTTPResponse.Status
    /// The status in words; the same for every problem of that status.
    public var title: String
    /// What happened this time. No secrets, and nothing of what the client must not know.
    public var detail: String?
    /// All fields that are wrong, at once.
    public var errors: [FieldProblem]
    /// Header fields of the answer.
    public var headers: HTTPFields

    /// Any problem. The static functions make the usual ones.
    public init(
        _ status: HTTPResponse.Status, detail: String? = nil, errors: [FieldProblem] = [], headers: HTTPFields = [:]
    ) {
        self.status = status
        self.title = status.reasonPhrase
        self.detail = detail
        self.errors = errors
        self.headers = headers
    }

    /// The answer, with the path of the request as `instance`.
    public func response(from request: Request, context: some RequestContext) -> Response {
        response(instance: request.uri.path)
    }

    /// The answer.
    public func response(instance: String) -> Response {
        var headers = headers
        headers[.contentType] = "application/problem+json"
        headers[.cacheControl] = "no-store"
        return Response(
            status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: body(instance: instance))))
    }

    /// The document.
    func body(instance: String) -> [UInt8] {
        var writer = JSONWriter(capacity: 256)
        writer.beginObject()
        writer.write("type", "about:blank")
        writer.write("title", title)
        writer.write("status", status.code)
        writer.write("detail", ifPresent: detail)
        if !instance.isEmpty { writer.write("instance", instance) }
        if !errors.isEmpty {
            writer.beginArray("errors")
            for error in errors {
                writer.beginObject()
                writer.write("pointer", error.pointer)
                writer.write("detail", error.detail)
                writer.endObject()
            }
            writer.endArray()
        }
        writer.endObject()
        return writer.bytes
    }
}

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
