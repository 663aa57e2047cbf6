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
