import Glibc
import Hummingbird
import RemindersContracts
import RemindersDomain
import RemindersHTTPService
import RemindersStore
import RemindersTokens

/// Reminders of a case: created, listed, shown, changed and deleted.
struct CaseReminderRoutes: Sendable {
    let store: ReminderStore
    let creator: ReminderCreator
    let clocks: PeopleClocks
    let channels: ChannelRegistry
    let policy: NotifyingPolicy
    let reading: CaseReadingChecks

    func add(to router: some RouterMethods<APIContext>) {
        router.get("sag/{sag_id}/reminders", use: list)
        router.post("sag/{sag_id}/reminders", use: create)
        router.get("sag/reminders/{id}", use: show)
        router.patch("sag/reminders/{id}", use: change)
        router.delete("sag/reminders/{id}", use: delete)
        router.get("sag/reminders/{id}/occurrences", use: occurrences)
    }

    @Sendable private func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let identity = try context.requireIdentity()
        let caseID = try context.identifier("sag_id")
        var query = QueryReader(request)
        let page = query.page(of: "reminders of a case", columns: 1, context)
        let entityType = query.choice("entity_type", EntityType.self) ?? .case
        let includesInactive = query.boolean("include_inactive") ?? false
        try query.check()

        var wanted = CaseReminders(
            about: CaseReference(entityType: entityType.rawValue, id: caseID.text), limit: page.wanted)
        wanted.includesInactive = includesInactive
        let access = ReminderAccess(identity: identity)
        wanted.visibleTo = access.listedFor?.text
        wanted.after = page.after?[0] ?? 0
        let mayReadCase = try await reading.mayRead(wanted.about, identity)
        var list = JSONList(page)
        list.add(try await store.reminders(wanted), position: { [$0.id] }) {
            $0.told(mayReadCase: mayReadCase).write(into: &$1, showingAddresses: access.mayChange($0))
        }
        return list.response(to: request, context)
    }

    @Sendable private func create(_ request: Request, _ context: APIContext) async throws -> Response {
        let identity = try context.requireIdentity()
        let caseID = try context.identifier("sag_id")
        try request.requireNoQuery()
        let body = try await JSONBody.read(request, context)
        let value = try body.required()
        let key = try IdempotencyKey(of: request, body, identity)

        let (now, zone) = try await clocks.read(for: people(whoseClockReads: value, identity))
        let basis = ReminderDraft.Basis(
            about: CaseReference(entityType: EntityType.case.rawValue, id: caseID.text),
            recipient: identity.userID.text, zone: zone, now: now, channels: channels)
        let draft: ReminderDraft
        do {
            draft = try ReminderDraft(value, on: basis)
        } catch {
            // What was fine when it was sent first may not be now, a rule that has ended since for instance.
            guard let key, let claim = try await store.claimed(key) else { throw error }
            return try Response(claim)
        }
        try policy.check(draft.definition, by: identity)
        if draft.definition.trigger.isByCase {
            try CaseReadingChecks.check(
                draft.definition.trigger,
                mayReadCase: try await reading.mayRead(draft.definition.about, identity))
        }
        let creation = ReminderCreation(
            definition: draft.definition, nextCheckAt: ReminderPlan.first(of: draft.definition, now: now),
            createdBy: identity.userID.text, createdVia: draft.createdVia,
            countsAgainstQuota: !identity.isService, key: key
        ) { reminder in
            let (resource, body) = reminder.jsonWithOccurrences
            return KeptAnswer(
                status: 201, location: "/api/v1/sag/reminders/\(reminder.id)", tag: EntityTag(of: resource).text,
                body: body)
        }
        return try Response(await creator.create(creation))
    }

    @Sendable private func show(_ request: Request, _ context: APIContext) async throws -> Response {
        try request.requireNoQuery()
        let access = ReminderAccess(identity: try context.requireIdentity())
        let reminder = try await reminder(context)
        return .resource(.ok, reminder.json(showingAddresses: access.mayChange(reminder)), answering: request)
    }

    @Sendable private func occurrences(_ request: Request, _ context: APIContext) async throws -> Response {
        var query = QueryReader(request)
        let count = query.integer("count", in: 1...100) ?? 5
        let from = query.time("from")
        try query.check()
        let reminder = try await reminder(context)
        let zone = (try? ZoneCatalog.shared.zone(reminder.definition.timeZone)) ?? .utc
        var writer = JSONWriter()
        writer.beginObject()
        writer.writeItems(
            ReminderPlan.occurrences(of: reminder, count: Int(count), from: from.map { $0.instant(in: zone) }))
        writer.endObject()
        return .json(.ok, writer.bytes)
    }

    @Sendable private func change(_ request: Request, _ context: APIContext) async throws -> Response {
        let identity = try context.requireIdentity()
        let id = try context.number("id", orNotFound: "Reminder not found")
        try request.requireNoQuery()
        let patch = try await JSONBody.read(request, context).required()
        let (now, zone) = try await clocks.read(for: people(whoseClockReads: patch, identity, isPatch: true))
        let mayReadCase = try await reading.mayRead(try await store.reminder(id)?.definition.about, identity)
        let changed = try await store.changeReminder(id, by: identity.userID.text) { found in
            guard ReminderAccess(identity: identity).mayChange(found) else { throw Problem.reminderNotFound }
            try EntityTag(of: found.told(mayReadCase: mayReadCase).json).requireMatch(request)
            let basis = ReminderDraft.Basis(
                about: found.definition.about, recipient: found.createdBy, zone: zone, now: now,
                channels: channels)
            let draft = try ReminderDraft(patch: patch, of: found.definition, on: basis)
            try policy.check(draft.definition, before: found.definition, by: identity)
            if draft.definition.trigger != found.definition.trigger
                || draft.definition.triggerConfig != found.definition.triggerConfig
            {
                try CaseReadingChecks.check(draft.definition.trigger, mayReadCase: mayReadCase)
            }
            let fields = found.definition.changedFields(in: draft.definition)
            guard !fields.isEmpty else { return nil }
            return ReminderChange(
                to: draft.definition, plan: ReminderPlan.next(of: found, changedTo: draft.definition, now: now),
                fields: fields)
        }
        guard let changed else { throw Problem.reminderNotFound }
        return .resource(.ok, changed.told(mayReadCase: mayReadCase).json, answering: request)
    }

    @Sendable private func delete(_ request: Request, _ context: APIContext) async throws -> Response {
        let identity = try context.requireIdentity()
        let id = try context.number("id", orNotFound: "Reminder not found")
        try request.requireNoQuery()
        let mayReadCase = try await reading.mayRead(try await store.reminder(id)?.definition.about, identity)
        let exists = try await store.deleteReminder(id, by: identity.userID.text) { found in
            guard ReminderAccess(identity: identity).mayChange(found) else { throw Problem.reminderNotFound }
            if found.deletedAt == nil {
                try EntityTag(of: found.told(mayReadCase: mayReadCase).json).requireMatch(request)
            }
        }
        guard exists else { throw Problem.reminderNotFound }
        return .noContent
    }

    /// The reminder in the path, if the bearer may see it.
    private func reminder(_ context: APIContext) async throws -> StoredReminder {
        let identity = try context.requireIdentity()
        let id = try context.number("id", orNotFound: "Reminder not found")
        guard let reminder = try await store.reminder(id), ReminderAccess(identity: identity).maySee(reminder) else {
            throw Problem.reminderNotFound
        }
        guard reminder.definition.trigger.isByCase else { return reminder }
        return reminder.told(mayReadCase: try await reading.mayRead(reminder.definition.about, identity))
    }

    /// On whose clock the local times of a body without `time_zone` are read: the caller's, else the first recipient's.
    ///
    /// - Parameter isPatch: what does not mention `time_zone` stays where it is then.
    private func people(
        whoseClockReads body: JSONValue, _ identity: Identity, isPatch: Bool = false
    ) -> [OpaqueID] {
        let asked = body["time_zone"]
        if let asked, asked != .null { return [] }
        if isPatch, asked == nil { return [] }
        guard case .array(let recipients) = body["recipient_user_ids"] else { return [identity.userID] }
        switch recipients.first {
        case .string(let id): return [identity.userID, OpaqueID(id)]
        case .number(let digits): return [identity.userID, OpaqueID(digits)]
        default: return [identity.userID]
        }
    }
}

extension JSONBody {
    /// What the body says.
    ///
    /// - Throws: `Problem`, 400, when there is none.
    fileprivate func required() throws(Problem) -> JSONValue {
        guard let value else { throw .badRequest("The request needs a body: a JSON object") }
        return value
    }
}

extension Problem {
    /// 429 that names the limit, and says when there is room again.
    init(_ exceeded: CreationQuotaExceeded) {
        switch exceeded.limit {
        case .perMinute: self.init(.tooManyRequests, detail: "More reminders than one person may create in a minute")
        case .perDay: self.init(.tooManyRequests, detail: "More reminders than one person may create in a day (UTC)")
        case .active:
            self.init(
                .tooManyRequests,
                detail:
                    "As many of your reminders may still fire as one person may have: delete some, or wait until they fired"
            )
        }
        guard let freeAt = exceeded.freeAt else { return }
        detail = detail.map { "\($0); there is room again at \(freeAt.rfc3339)" }
        let seconds = freeAt.microseconds / 1_000_000 - Int64(time(nil))
        headers[.retryAfter] = "\(max(1, seconds))"
    }
}

extension Response {
    /// The answer to whoever creates a reminder.
    ///
    /// - Throws: `Problem`, when an earlier request with the same key makes it impossible.
    init(_ outcome: ReminderCreationOutcome) throws(Problem) {
        switch outcome {
        case .created(let answer): self.init(answer, isReplayed: false)
        case .known(let claim): try self.init(claim)
        case .overQuota(let exceeded): throw Problem(exceeded)
        }
    }
}
