import Hummingbird
import RemindersContracts
import RemindersDomain
import RemindersHTTPService
import RemindersStore

/// `GET`, `PUT` and `DELETE /users/{id}`: for services that make people known, and operators. `DELETE` with `erase=true`
/// leaves nothing of the person.
struct UserRoutes: ServiceResource {
    static let path: RouterPath = "users/{id}"
    static let notFound = Problem.notFound("User not found")

    let store: ReminderStore
    let channels: ChannelRegistry

    func find(_ context: APIContext) async throws -> StoredUser? {
        try await store.storedUser(try context.identifier("id").text)
    }

    func replace(
        _ request: Request, _ context: APIContext, _ check: @escaping @Sendable (StoredUser?) throws -> Void
    ) async throws -> (stored: StoredUser, isNew: Bool) {
        let id = try context.identifier("id")
        // The ledger tells a person from an address, and from one who was erased, by these beginnings.
        guard !Recipient.isReserved(id.text) else {
            throw Problem.invalid("path/id", "must not begin with mailto: or erased:")
        }
        var fields = try await JSONBody.read(request, context).object()
        fields.refuse(["id", "created_at", "updated_at"])
        let name = fields.text("display_name", upTo: Limits.name, isOneLine: true)
        let email = fields.mail("email")
        let mattermostName = fields.mattermostUsername("mattermost_username")
        let addresses = fields.object("addresses") { $0.addresses(among: channels) } ?? [:]
        let locale = fields.locale("locale")
        let zone = fields.zone("time_zone")
        try fields.check()
        let person = Person(
            id: id.text, name: name, email: email?.text, mattermostName: mattermostName, locale: locale ?? "en",
            timeZone: zone?.identifier ?? IANAZone.utc.identifier, otherAddresses: addresses)
        return try await store.replaceUser(with: person, check)
    }

    /// `?erase=true`. What takes longer than a request should is gone on with by a scheduler.
    func erase(_ request: Request, _ context: APIContext) async throws -> Response? {
        var query = QueryReader(request)
        let isAskedFor = query.boolean("erase") ?? false
        try query.check()
        guard isAskedFor else { return nil }
        let person: Erasable
        do {
            person = try Erasable(try context.identifier("id").text)
        } catch let refusal as Erasable.Refusal {
            throw Problem.invalid("path/id", "\(refusal)")
        }
        try request.requireMatch(with: try await find(context)?.json)
        let requester = try context.requireIdentity().userID.text
        let id = try await store.beginErasure(of: person, by: requester)
        let erasure = try await store.goOnErasing(id, for: .seconds(2))
        return erasure.finishedAt == nil ? ErasureRoutes.isBeingErased(erasure) : .json(.ok, erasure.json)
    }

    func delete(_ context: APIContext, _ check: @escaping @Sendable (StoredUser?) throws -> Void) async throws -> Bool {
        try await store.deleteUser(try context.identifier("id").text, check)
    }
}

extension StoredUser: ServiceRepresentation {
    /// The user as the API shows them.
    var json: [UInt8] {
        var writer = JSONWriter(capacity: 384)
        writer.beginObject()
        writer.write("id", person.id)
        writer.write("display_name", orNull: person.name)
        writer.write("email", orNull: person.email)
        writer.write("mattermost_username", orNull: person.mattermostName)
        let addresses = person.otherAddresses.sorted { $0.key < $1.key }
        writer.write("addresses", .object(addresses.map { JSONMember($0.rawValue, .string($1)) }))
        writer.write("locale", person.locale)
        writer.write("time_zone", person.timeZone)
        writer.write("created_at", createdAt)
        writer.write("updated_at", updatedAt)
        writer.endObject()
        return writer.bytes
    }
}
