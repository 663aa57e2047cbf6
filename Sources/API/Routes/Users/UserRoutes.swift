import Hummingbird
import RemindersContracts
import RemindersDomain
import RemindersHTTPService
import RemindersStore

/// `GET`, `PUT` and `DELETE /users/{id}`: for services that make people known, and operators.
struct UserRoutes: Sendable {
    let store: ReminderStore
    let channels: ChannelRegistry

    func add(to router: some RouterMethods<APIContext>) {
        router.group("users/{id}")
            .get(use: get)
            .put(use: put)
            .delete(use: delete)
    }

    @Sendable private func get(_ request: Request, _ context: APIContext) async throws -> Response {
        try context.require(.service)
        try request.requireNoQuery()
        guard let user = try await store.storedUser(try context.identifier("id").text) else {
            throw Problem.userNotFound
        }
        return .resource(.ok, user.json, answering: request)
    }

    @Sendable private func put(_ request: Request, _ context: APIContext) async throws -> Response {
        try context.require(.service)
        try request.requireNoQuery()
        let id = try context.identifier("id")
        // The ledger tells a person from an address by this beginning.
        guard !Recipient.isReserved(id.text) else { throw Problem.invalid("path/id", "must not begin with mailto:") }
        var fields = try await JSONBody.read(request, context).object()
        for name in ["id", "created_at", "updated_at"] where fields.value(name) != nil {
            fields.note(name, "cannot be set")
        }
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
        let (user, isNew) = try await store.replaceUser(with: person) { known in
            try request.requireMatch(with: known?.json)
        }
        return .resource(isNew ? .created : .ok, user.json, answering: request)
    }

    @Sendable private func delete(_ request: Request, _ context: APIContext) async throws -> Response {
        try context.require(.service)
        try request.requireNoQuery()
        let isKnown = try await store.deleteUser(try context.identifier("id").text) { known in
            try request.requireMatch(with: known?.json)
        }
        guard isKnown else { throw Problem.userNotFound }
        return .noContent
    }
}

extension StoredUser {
    /// The user as the API shows them.
    fileprivate var json: [UInt8] {
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

extension Problem {
    fileprivate static let userNotFound = Problem.notFound("User not found")
}
