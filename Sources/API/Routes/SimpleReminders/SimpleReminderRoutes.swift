import Hummingbird
import RemindersContracts
import RemindersDomain
import RemindersHTTPService
import RemindersStore
import RemindersTokens

/// `/reminders`: time-based reminders in the shape of `REM-001`, as chat assistants and task boards set them.
struct SimpleReminderRoutes: Sendable {
    let store: ReminderStore
    let creator: ReminderCreator
    let clocks: PeopleClocks

    func add(to router: some RouterMethods<APIContext>) {
        router.get("reminders", use: list)
        router.post("reminders", use: create)
        router.get("reminders/{id}", use: show)
        router.delete("reminders/{id}", use: delete)
        router.post("reminders/{id}/mark-as-sent", use: markAsSent)
        router.post("reminders/mark-as-sent", use: markManyAsSent)
    }

    @Sendable private func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let identity = try context.requireIdentity()
        var query = QueryReader(request)
        let entityType = query.choice("entity_type", EntityType.self)
        let entityID = query.identifier("entity_id")
        let hoursAhead = query.integer("hours_ahead", in: 1...8_784)
        let before = query.time("before")
        let user = query.identifier("user_id")
        // Cursors of the two orders have different keys, and are none of each other.
        let isOfUnsent = hoursAhead != nil || before != nil
        let page = query.page(of: isOfUnsent ? "unsent" : "simple", columns: isOfUnsent ? 2 : 1, context)
        try query.check()

        var wanted = SimpleReminderList(limit: page.wanted)
        wanted.userID = try SimpleReminderRoutes.whose(user, identity)?.text
        wanted.entityType = entityType?.rawValue
        wanted.entityID = entityID?.text
        wanted.hoursAhead = hoursAhead
        if let before { wanted.dueBefore = before.instant(in: try await clocks.read(for: [identity.userID]).zone) }
        wanted.after = page.after.map { numbers in
            .init(id: numbers[0], dueAt: numbers.count > 1 ? Instant(microseconds: numbers[1]) : .distantPast)
        }
        var list = JSONList(page)
        list.add(
            // Those of the list wait for a time, all of them.
            try await store.reminders(wanted).compactMap(SimpleReminder.init),
            position: { isOfUnsent ? [$0.stored.id, $0.stored.nextCheckAt?.microseconds ?? 0] : [$0.stored.id] }
        ) { $0.write(into: &$1) }
        return list.response(to: request, context)
    }

    /// Whose reminders are listed: one's own unless somebody else is named, `*` for everybody's.
    ///
    /// - Throws: `Problem`, 403, when they are another's and the bearer is no service.
    private static func whose(_ user: OpaqueID?, _ identity: Identity) throws(Problem) -> OpaqueID? {
        guard let user, user != identity.userID else { return identity.userID }
        guard identity.isService else { throw .forbidden(.service) }
        return user == "*" ? nil : user
    }

    @Sendable private func create(_ request: Request, _ context: APIContext) async throws -> Response {
        let identity = try context.requireIdentity()
        try request.requireNoQuery()
        let body = try await JSONBody.read(request, context)
        var fields = try body.object()
        let draft = try SimpleReminderDraft(reading: &fields)
        let creation = ReminderCreation(
            definition: draft.definition(for: identity.userID, in: try await clocks.read(for: [identity.userID]).zone),
            nextCheckAt: nil,
            createdBy: identity.userID.text, createdVia: draft.createdVia,
            countsAgainstQuota: !identity.isService, key: try IdempotencyKey(of: request, body, identity)
        ) { stored in
            let id = SimpleReminderID(stored.id).text
            let json = SimpleReminder(stored)?.json ?? []
            return KeptAnswer(
                status: 201, location: "/api/v1/reminders/\(id)", tag: EntityTag(of: json).text, body: json)
        }
        return try Response(await creator.create(creation))
    }

    @Sendable private func show(_ request: Request, _ context: APIContext) async throws -> Response {
        let identity = try context.requireIdentity()
        try request.requireNoQuery()
        guard let stored = try await store.reminder(try context.simpleReminderID().number),
            ReminderAccess(identity: identity).maySee(stored), let reminder = SimpleReminder(stored)
        else { throw Problem.reminderNotFound }
        return .resource(.ok, reminder.json, answering: request)
    }

    @Sendable private func delete(_ request: Request, _ context: APIContext) async throws -> Response {
        let identity = try context.requireIdentity()
        try request.requireNoQuery()
        let exists = try await store.deleteReminder(context.simpleReminderID().number, by: identity.userID.text) {
            found in
            guard found.deletedAt == nil, ReminderAccess(identity: identity).mayChange(found),
                let reminder = SimpleReminder(found)
            else { throw Problem.reminderNotFound }
            try request.requireMatch(with: reminder.json)
        }
        guard exists else { throw Problem.reminderNotFound }
        var writer = JSONWriter(capacity: 64)
        writer.beginObject()
        writer.write("message", "Reminder deleted successfully")
        writer.endObject()
        return .json(.ok, writer.bytes)
    }

    @Sendable private func markAsSent(_ request: Request, _ context: APIContext) async throws -> Response {
        let identity = try context.require(.service)
        try request.requireNoQuery()
        let body = try await JSONBody.read(request, context)
        var fields = body.objectOrEmpty()
        try fields.check()
        let id = try context.simpleReminderID()
        return try await Idempotency(store: store).answer(request, body, identity) {
            let marked = try await store.markAsSent([id.number], by: identity.userID.text)
            guard let reminder = marked.first.flatMap(SimpleReminder.init) else { throw Problem.reminderNotFound }
            return KeptAnswer(status: 200, tag: EntityTag(of: reminder.json).text, body: reminder.json)
        }
    }

    @Sendable private func markManyAsSent(_ request: Request, _ context: APIContext) async throws -> Response {
        let identity = try context.require(.service)
        try request.requireNoQuery()
        let body = try await JSONBody.read(request, context)
        var fields = try body.object()
        let ids = fields.texts("reminder_ids", upTo: 1_000, length: 40, required: true)
        try fields.check()
        return try await Idempotency(store: store).answer(request, body, identity) {
            let wanted = (ids ?? []).map { (text: $0, number: SimpleReminderID($0)?.number) }
            let marked = try await store.markAsSent(Array(Set(wanted.compactMap(\.number))), by: identity.userID.text)
            let known = Set(marked.map(\.id))
            var writer = JSONWriter(capacity: 512)
            writer.beginObject()
            writer.write("marked", known.sorted().map { SimpleReminderID($0).text })
            writer.write("unknown", wanted.filter { $0.number.map { !known.contains($0) } ?? true }.map(\.text))
            writer.endObject()
            return KeptAnswer(status: 200, body: writer.bytes)
        }
    }
}

extension APIContext {
    /// The reminder that the path names.
    ///
    /// - Throws: `Problem`, 404, for what is no such id.
    fileprivate func simpleReminderID() throws(Problem) -> SimpleReminderID {
        guard let id = (try? identifier("id")).flatMap({ SimpleReminderID($0.text) }) else { throw .reminderNotFound }
        return id
    }
}
