import Hummingbird
import NIOCore
import RemindersContracts

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
/// for row in rows.prefix(page.limit) { list.add { row.write(into: &$0) } }
/// return list.response(to: request, context, next: rows.count > page.limit ? keys(of: rows[page.limit - 1]) : nil)
/// ```
public struct JSONList: Sendable {
    private let page: Page?
    private var writer = JSONWriter(capacity: 4_096)

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

    /// The answer.
    ///
    /// - Parameters:
    ///   - next: the sort keys of the last item when there are more behind it, else nil.
    ///   - isTagged: whether it gets an `ETag`, and 304 when the client has it.
    public consuming func response(
        to request: Request, _ context: APIContext, next: [Int64]? = nil, isTagged: Bool = false
    ) -> Response {
        let cursor = page.flatMap { page in next.map { context.cursors.cursor($0, of: page.list) } }
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
