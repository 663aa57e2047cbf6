import Hummingbird
import RemindersContracts
import RemindersDomain
import RemindersHTTPService
import RemindersStore
import RemindersTokens

/// `POST …/sag/reminders/{id}/snooze`, `…/dismiss`, `…/acknowledge`: by anyone it is addressed to, for themselves; and
/// `DELETE` of the same, which takes it back.
struct InteractionRoutes: Sendable {
    let store: ReminderStore
    let reading: CaseReadingChecks

    func add(to router: some RouterMethods<APIContext>) {
        let reminder = router.group("sag/reminders/{id}")
        reminder.post("snooze") { try await respond($0, $1) { try Interaction.snooze(reading: $0) } }
        reminder.post("dismiss") { try await respond($0, $1) { try Interaction.dismiss(reading: $0) } }
        reminder.post("acknowledge") { try await respond($0, $1) { try Interaction.acknowledge(reading: $0) } }
        for settlement in PopupSettlement.allCases {
            reminder.delete(RouterPath(settlement.verb)) { try await takeBack(settlement, $0, $1) }
        }
    }

    private func respond(
        _ request: Request, _ context: APIContext, _ read: @Sendable (JSONBody) throws -> Interaction
    ) async throws -> Response {
        let identity = try context.requireIdentity()
        try request.requireNoQuery()
        let body = try await JSONBody.read(request, context)
        let interaction = try read(body)
        let id = try context.number("id", orNotFound: "Reminder not found")
        return try await Idempotency(store: store).answer(request, body, identity) {
            KeptAnswer(status: 200, body: try await carryOut(interaction, reminder: id, identity))
        }
    }

    private func takeBack(
        _ settlement: PopupSettlement, _ request: Request, _ context: APIContext
    ) async throws -> Response {
        let identity = try context.requireIdentity()
        try request.requireNoQuery()
        let id = try context.number("id", orNotFound: "Reminder not found")
        return .json(.ok, try await carryOut(.takeBack(settlement), reminder: id, identity))
    }

    private func carryOut(_ interaction: Interaction, reminder id: Int64, _ identity: Identity) async throws -> [UInt8]
    {
        let userID = identity.userID
        let outcome = try await store.respond(to: id, by: userID.text) { facts in
            try ResponseRule(facts: facts).change(by: interaction)
        }
        guard let (facts, change) = outcome else { throw Problem.reminderNotFound }
        let rule = ResponseRule(facts: facts)
        var nextAt = rule.nextAt(after: change.response)
        // When the deadline is, is for those who may know the case.
        if facts.trigger == .deadlineApproaching, rule.activeSnooze(change.response) == nil,
            try await !reading.mayRead(try await store.reminder(id)?.definition.about, identity)
        {
            nextAt = nil
        }
        var writer = JSONWriter(capacity: 256)
        writer.beginObject()
        writer.write("reminder_id", id)
        writer.write("user_id", userID.text)
        writer.write("snoozed_until", orNull: rule.activeSnooze(change.response))
        writer.write("dismissed_at", orNull: change.response.dismissedAt)
        writer.write("acknowledged_at", orNull: change.response.acknowledgedAt)
        writer.write("next_at", orNull: nextAt)
        writer.endObject()
        return writer.bytes
    }
}

extension PopupSettlement {
    /// The last part of the path.
    fileprivate var verb: String {
        switch self {
        case .snoozed: "snooze"
        case .dismissed: "dismiss"
        case .acknowledged: "acknowledge"
        }
    }
}

extension Interaction {
    private enum DismissalScope: String, CaseIterable {
        case reminder
        case occurrence
    }

    /// Reads `{"minutes": 15}`, `{"duration_minutes": 15}` or `{"until": "2026-02-10T14:30:00"}`.
    fileprivate static func snooze(reading body: JSONBody) throws(Problem) -> Interaction {
        var fields = try body.object()
        let given = ["minutes", "duration_minutes", "until"].filter { name in
            fields.value(name).map { $0 != .null } ?? false
        }
        let minutes = fields.integer("minutes", in: 1...525_600)
        let duration = fields.integer("duration_minutes", in: 1...525_600)
        let until = fields.time("until")
        if given.isEmpty { fields.note("minutes", "is required, or duration_minutes, or until") }
        for name in given.dropFirst() { fields.note(name, "must not be given beside \(given[0])") }
        try fields.check()
        // What was given and is not one of the two has been noted as wrong.
        return until.map(Interaction.snoozeUntil) ?? .snooze(minutes: minutes ?? duration ?? 1)
    }

    /// Reads nothing, `{}`, or `{"scope": "occurrence"}`.
    fileprivate static func dismiss(reading body: JSONBody) throws(Problem) -> Interaction {
        var fields = body.objectOrEmpty()
        let scope = fields.choice("scope", DismissalScope.self) ?? .reminder
        try fields.check()
        return scope == .reminder ? .dismiss : .dismissOccurrence
    }

    /// Reads nothing, or `{}`.
    fileprivate static func acknowledge(reading body: JSONBody) throws(Problem) -> Interaction {
        var fields = body.objectOrEmpty()
        try fields.check()
        return .acknowledge
    }
}
