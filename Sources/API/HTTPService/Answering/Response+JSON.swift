import Crypto
import Hummingbird
import NIOCore
import RemindersContracts
import RemindersDomain
import RemindersTokens

extension Response {
    /// An answer with JSON that may not be kept by caches.
    public static func json(
        _ status: HTTPResponse.Status, _ body: [UInt8], headers: HTTPFields = [:]
    ) -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        if headers[.cacheControl] == nil { headers[.cacheControl] = "no-store" }
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: body)))
    }

    /// An answer that is one resource: with its `ETag`, and 304 without a body when the client has this version.
    public static func resource(
        _ status: HTTPResponse.Status, _ body: [UInt8], answering request: Request, headers: HTTPFields = [:]
    ) -> Response {
        let tag = EntityTag(of: body)
        var headers = headers
        headers[.eTag] = tag.text
        headers[.cacheControl] = "private, no-cache"
        if request.method == .get || request.method == .head, tag.isKnown(to: request) {
            return Response(status: .notModified, headers: headers)
        }
        return .json(status, body, headers: headers)
    }

    /// 204.
    public static let noContent = Response(status: .noContent)
}

/// Writes a page of a list: `{"items":[…],"next_cursor":…}`, and the `Link` to the next one.
///
/// ```swift
/// var list = JSONList(page)
/// list.add(try await rows(upTo: page.wanted), position: { [$0.id] }) { $0.write(into: &$1) }
/// return list.response(to: request, context)
/// ```
public struct JSONList: Sendable {
    private let page: Page?
    private var writer = JSONWriter(capacity: 4_096)
    /// The position of the last row that was taken.
    private var last: (count: Int, position: [Int64]) = (0, [])
    /// Whether there is a row behind it.
    private var hasMore = false

    /// Begins a page; nil begins a list that has only one.
    public init(_ page: Page? = nil) {
        self.page = page
        writer.beginObject()
        writer.beginArray("items")
    }

    /// Adds an item: `write` writes the fields of its object.
    public mutating func add(_ write: (inout JSONWriter) -> Void) {
        writer.beginObject()
        write(&writer)
        writer.endObject()
    }

    /// Adds as many rows as the page still has room for; one that finds none tells that there is another page.
    ///
    /// - Parameters:
    ///   - rows: in their order, up to `Page.wanted` of them.
    ///   - position: the numbers that the cursor behind a row holds.
    ///   - write: writes the fields of the row's object.
    public mutating func add<Row>(
        _ rows: [Row], position: (Row) -> [Int64], write: (Row, inout JSONWriter) -> Void
    ) {
        for row in rows {
            guard hasRoom else {
                hasMore = true
                return
            }
            add { write(row, &$0) }
            last = (last.count + 1, position(row))
        }
    }

    /// Whether there is room for another row.
    private var hasRoom: Bool { page.map { last.count < $0.limit } ?? true }

    /// How many rows are to be asked for to fill the page and to know whether there is another.
    public var wanted: Int { page.map { hasMore ? 0 : $0.wanted - last.count } ?? .max }

    /// The answer.
    ///
    /// - Parameter isTagged: whether it gets an `ETag`, and 304 when the client has it.
    public consuming func response(to request: Request, _ context: APIContext, isTagged: Bool = false) -> Response {
        let cursor = hasMore ? page.map { context.cursors.cursor(last.position, of: $0.list) } : nil
        writer.endArray()
        writer.write("next_cursor", orNull: cursor)
        writer.endObject()
        var headers = HTTPFields()
        if let cursor { headers[.link] = "<\(Self.target(of: request, cursor: cursor))>; rel=\"next\"" }
        return isTagged
            ? .resource(.ok, writer.bytes, answering: request, headers: headers)
            : .json(.ok, writer.bytes, headers: headers)
    }

    /// The same path and query with another cursor.
    private static func target(of request: Request, cursor: String) -> String {
        let rest = (request.uri.query ?? "").split(separator: "&").filter { !$0.hasPrefix("cursor=") }
        return request.uri.path + "?" + (rest + ["cursor=\(cursor)"]).joined(separator: "&")
    }
}

/// The strong validator of a representation: a hash of its bytes (RFC 9110 §8.8.3).
public struct EntityTag: Hashable, Sendable {
    /// As it stands in `ETag`, with its quotes.
    public let text: String

    /// The tag of a body.
    public init(of body: some Sequence<UInt8>) {
        text = "\"\(Base64URL.text(SHA256.hash(data: Array(body)).prefix(12)))\""
    }

    /// Whether `If-None-Match` names this version, so that 304 is the answer to a GET. The comparison is weak.
    public func isKnown(to request: Request) -> Bool {
        Self.tags(request.headers[values: .ifNoneMatch]).contains {
            $0 == "*" || $0.hasSameBytes(as: text) || $0.hasSameBytes(as: "W/\(text)")
        }
    }

    /// Makes sure that a change is meant for this version.
    ///
    /// - Throws: `Problem`, 412, when `If-Match` is there and does not name it. Weak tags never do (RFC 9110 §13.1.1).
    public func requireMatch(_ request: Request) throws(Problem) {
        let wanted = request.headers[values: .ifMatch]
        guard !wanted.isEmpty else { return }
        guard Self.tags(wanted).contains(where: { $0 == "*" || $0.hasSameBytes(as: text) }) else {
            throw .preconditionFailed
        }
    }

    /// Tags of ours have no comma in them, so that splitting there misreads only what would not match anyway.
    private static func tags(_ values: [String]) -> [Substring] {
        values.flatMap { $0.split(separator: ",") }.map { tag in
            tag.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" }
        }
    }
}

/// The name of a header field, such as `HeaderName.eTag`.
public typealias HeaderName = HTTPFields.Element.Name

extension HeaderName {
    /// `Idempotency-Key`: a client's name for one attempt to do something, the same when it tries again.
    public static let idempotencyKey = HeaderName("Idempotency-Key").unsafelyUnwrapped
    /// `Idempotency-Replayed`: `true` when the answer is the one that was given before.
    public static let idempotencyReplayed = HeaderName("Idempotency-Replayed").unsafelyUnwrapped
    /// `Link` (RFC 8288).
    public static let link = HeaderName("Link").unsafelyUnwrapped
    /// `X-Request-ID`: names the request in the log.
    public static let requestID = HeaderName("X-Request-ID").unsafelyUnwrapped
}
