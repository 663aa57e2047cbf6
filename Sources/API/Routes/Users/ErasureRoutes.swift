import Hummingbird
import RemindersContracts
import RemindersHTTPService
import RemindersStore

/// `GET /erasures/{id}`: how far the erasure of a person has come, for services and operators.
struct ErasureRoutes: Sendable {
    let store: ReminderStore

    func add(to router: some RouterMethods<APIContext>) {
        router.group("erasures").add(middleware: RequiredScope(.service)).get("{id}", use: show)
    }

    /// The answer to whoever asks for an erasure that goes on.
    static func isBeingErased(_ erasure: Erasure) -> Response {
        .json(.accepted, erasure.json, headers: [.location: "/api/v1/erasures/\(erasure.id)"])
    }

    @Sendable private func show(_ request: Request, _ context: APIContext) async throws -> Response {
        try request.requireNoQuery()
        guard let id = context.parameters.get("id"), let erasure = try await store.erasureIfKnown(id) else {
            throw Problem.notFound("Erasure not found")
        }
        return .resource(.ok, erasure.json, answering: request)
    }
}

extension Erasure {
    /// The erasure as the API shows it.
    var json: [UInt8] {
        var writer = JSONWriter(capacity: 384)
        writer.beginObject()
        writer.write("id", id)
        writer.write("pseudonym", pseudonym)
        writer.write("started_at", startedAt)
        writer.write("finished_at", orNull: finishedAt)
        let rows = counts.filter { $0.value > 0 }.sorted { $0.key < $1.key }
        writer.write("rows", .object(rows.map { JSONMember($0.key, .number("\($0.value)")) }))
        writer.endObject()
        return writer.bytes
    }
}
