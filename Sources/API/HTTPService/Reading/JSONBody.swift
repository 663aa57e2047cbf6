import Hummingbird
import NIOCore
import RemindersContracts

/// The JSON that came with a request.
public struct JSONBody: Sendable {
    /// The body as it came; empty when there was none.
    public let bytes: [UInt8]
    /// What it says; nil when there was no body.
    public let value: JSONValue?

    /// Reads the body of a request, of at most as many bytes and levels as the context says.
    ///
    /// - Throws: `Problem`: 413 for too much of it, 415 for another media type, 400 for what is no JSON.
    public static func read(_ request: Request, _ context: APIContext) async throws -> JSONBody {
        let limit = context.bodyLimit
        if let length = request.headers[.contentLength].flatMap(Int.init), length > limit { throw tooLarge(limit) }
        let buffer: ByteBuffer
        do {
            buffer = try await request.body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
            throw tooLarge(limit)
        }
        let bytes = Array(buffer.readableBytesView)
        if bytes.isEmpty { return JSONBody(bytes: [], value: nil) }
        try checkMediaType(of: request)
        do {
            return JSONBody(
                bytes: bytes,
                value: try JSONValue(parsing: bytes, sizeLimit: limit, depthLimit: context.depthLimit))
        } catch {
            throw Problem.badRequest("The body \(error)")
        }
    }

    /// The fields of a body that has to be there.
    ///
    /// - Throws: `Problem`, 400, when there is none.
    public func object() throws(Problem) -> ObjectReader {
        guard let value else { throw .badRequest("The request needs a body: a JSON object") }
        return ObjectReader(value)
    }

    /// The fields of a body that may be missing.
    public func objectOrEmpty() -> ObjectReader {
        ObjectReader(value ?? .object([]))
    }

    private static func tooLarge(_ limit: Int) -> Problem {
        // The rest of the body is not waited for.
        Problem(
            .contentTooLarge, detail: "The body is larger than \(limit) bytes", headers: [.connection: "close"])
    }

    private static func checkMediaType(of request: Request) throws(Problem) {
        var accepted = ["application/json"]
        if request.method == .patch { accepted.append("application/merge-patch+json") }
        let parts = (request.headers[.contentType] ?? "").lowercased().split(separator: ";").map { part in
            part.filter { $0 != " " && $0 != "\t" }
        }
        let charset = parts.dropFirst().first { $0.hasPrefix("charset=") }?.dropFirst(8).filter { $0 != "\"" }
        guard let type = parts.first, accepted.contains(type), charset == nil || charset == "utf-8" else {
            let words = accepted.joined(separator: " or ")
            throw Problem(
                .unsupportedMediaType, detail: "Send the body with Content-Type: \(words)",
                headers: [.accept: accepted.joined(separator: ", ")])
        }
    }
}
