import Hummingbird
import NIOCore
import RemindersContracts
import RemindersDomain
import RemindersHTTPService
import RemindersStore

/// `GET /dead-letters`, `/dead-letters/{id}`, `POST …/retry`, `…/discard`: for operators.
struct DeadLetterRoutes: Sendable {
    let store: ReminderStore
    /// Sends a letter to its queue again and settles it.
    let retry: @Sendable (Int64) async throws -> StoredDeadLetter

    func add(to router: some RouterMethods<APIContext>) {
        let letters = router.group("dead-letters").add(middleware: RequiredScope(.admin))
        letters.get(use: list)
        letters.get("{id}", use: show)
        letters.post("{id}/retry") { try await settle($0, $1, retry) }
        letters.post("{id}/discard") { try await settle($0, $1) { try await store.discardDeadLetter($0) } }
    }

    @Sendable private func list(_ request: Request, _ context: APIContext) async throws -> Response {
        var query = QueryReader(request)
        let page = query.page(of: "dead-letters", columns: 1, context)
        var filter = DeadLetterFilter()
        filter.queue = query.text("queue")
        filter.includesSettled = query.boolean("include_settled") ?? false
        filter.before = page.after?[0] ?? .max
        filter.limit = page.wanted
        try query.check()
        var list = JSONList(page)
        list.add(try await store.deadLetters(filter), position: { [$0.id] }) { $0.writeFields(to: &$1) }
        return list.response(to: request, context)
    }

    @Sendable private func show(_ request: Request, _ context: APIContext) async throws -> Response {
        try request.requireNoQuery()
        let id = try context.number("id", orNotFound: "Dead letter not found")
        guard let letter = try await store.deadLetter(id) else { throw Problem.notFound("Dead letter not found") }
        return .resource(.ok, letter.json, answering: request)
    }

    private func settle(
        _ request: Request, _ context: APIContext, _ act: @Sendable (Int64) async throws -> StoredDeadLetter
    ) async throws -> Response {
        let identity = try context.requireIdentity()
        try request.requireNoQuery()
        let body = try await JSONBody.read(request, context)
        var fields = body.objectOrEmpty()
        try fields.check()
        let id = try context.number("id", orNotFound: "Dead letter not found")
        return try await Idempotency(store: store).answer(request, body, identity) {
            do {
                return KeptAnswer(status: 200, body: try await act(id).json)
            } catch let refusal as DeadLetterRefusal {
                switch refusal {
                case .notFound: throw Problem.notFound("Dead letter not found")
                case .notPublished, .held: throw Problem.unavailable("\(refusal)")
                default: throw Problem.conflict("\(refusal)")
                }
            }
        }
    }
}

extension DeadLetterSummary {
    fileprivate func writeFields(to writer: inout JSONWriter) {
        writer.write("id", id)
        writer.write("queue", queue)
        writer.write("reason", reason)
        writer.write("message_id", orNull: messageID)
        writer.write("type", orNull: type)
        writer.write("bytes", bodySize)
        writer.write("created_at", createdAt)
        writer.write("settled_at", orNull: settledAt)
        writer.write("settled_how", orNull: settledHow?.rawValue)
    }
}

extension StoredDeadLetter {
    /// With its body: as text where it is UTF-8, and else as base64.
    fileprivate var json: [UInt8] {
        var writer = JSONWriter(capacity: body.count * 2 + 512)
        writer.beginObject()
        summary.writeFields(to: &writer)
        writer.write("content_type", orNull: contentType)
        writer.beginArray("headers")
        for header in headers {
            writer.beginObject()
            writer.write("name", header.name)
            writer.write("value", header.value)
            writer.endObject()
        }
        writer.endArray()
        let text = String(validating: body, as: UTF8.self)
        writer.write("body", orNull: text)
        writer.write("body_base64", orNull: text == nil ? body.base64 : nil)
        writer.endObject()
        return writer.bytes
    }
}

extension [UInt8] {
    /// RFC 4648 §4, with padding.
    fileprivate var base64: String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: count, by: 3) {
            let group = (0..<3).map { start + $0 < count ? UInt32(self[start + $0]) : 0 }
            let bits = group[0] << 16 | group[1] << 8 | group[2]
            for index in 0..<4 {
                text.append(
                    start + index > count ? UInt8(ascii: "=") : alphabet[Int(bits >> UInt32(18 - index * 6) & 63)])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
