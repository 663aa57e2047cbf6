import Hummingbird
import RemindersDomain
import RemindersExplaining
import RemindersHTTPService
import RemindersStore
import RemindersTokens

/// `GET …/sag/reminders/{id}/explain?user=`: why somebody was told, was not told, or will be.
///
/// Whom it is for may ask about themselves; about others, services and operators, and whoever created the reminder, who is told
/// an outline: see `Audience`.
struct ExplainRoutes: Sendable {
    let store: ReminderStore
    let settings: Explainer.Settings
    let reading: CaseReadingChecks

    func add(to router: some RouterMethods<APIContext>) {
        router.get("sag/reminders/{id}/explain", use: explain)
    }

    @Sendable private func explain(_ request: Request, _ context: APIContext) async throws -> Response {
        let identity = try context.requireIdentity()
        var query = QueryReader(request)
        let user = query.recipient("user")
        try query.check()
        let id = try context.number("id", orNotFound: "Reminder not found")
        let access = ReminderAccess(identity: identity)
        let recipient = user ?? .user(identity.userID)
        // A deleted one is explained to the end: that it was deleted is why nothing comes.
        guard let reminder = try await store.reminderEvenIfDeleted(id),
            let audience = access.audience(of: reminder, deliveredTo: recipient)
        else { throw Problem.reminderNotFound }
        let explanation = try await Explainer(store: store, settings: settings)
            .explain(
                reminder, for: recipient, to: audience,
                mayReadCase: try await reading.mayRead(reminder.definition.about, identity))
        return .json(.ok, explanation.json)
    }
}

extension QueryReader {
    /// A user's id, or `mailto:` and an address in whatever case.
    mutating func recipient(_ name: String) -> Recipient? {
        guard let text = text(name, upTo: 327) else { return nil }
        let recipient = Recipient(key: text)
        if let address = recipient.address {
            guard (try? MailAddress(address)) != nil else {
                note(name, "must be a user's id, or mailto: and an address")
                return nil
            }
            return .address(address)
        }
        // Ids are checked as everywhere.
        return identifier(name).map(Recipient.user)
    }
}
