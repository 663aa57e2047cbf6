import RemindersDomain
import RemindersStore

/// Explains reminders: reads what is known, lets the decision forecast, and puts it into words.
public struct Explainer: Sendable {
    /// How the operator has set what is decided and sent.
    public struct Settings: Sendable {
        /// What decisions weigh: the same that the rate-limiter has.
        public var switches: DecisionFacts.Switches
        /// Whether senders only record what they would send.
        public var isDryRun: Bool

        /// Settings with these parts.
        public init(switches: DecisionFacts.Switches, isDryRun: Bool) {
            self.switches = switches
            self.isDryRun = isDryRun
        }
    }

    /// Occurrences that are explained, the latest.
    public static let occurrences = 20

    private let store: ReminderStore
    private let settings: Settings

    /// Explains what `store` holds.
    public init(store: ReminderStore, settings: Settings) {
        self.store = store
        self.settings = settings
    }

    /// What happened and will happen with a reminder for a person.
    ///
    /// - Parameters:
    ///   - recipient: one of its recipients, or somebody who was told of it or never was.
    ///   - audience: who is told: the person themselves, “your quiet hours”, or somebody else.
    ///   - mayReadCase: whether they may know what the case says.
    public func explain(
        _ reminder: StoredReminder, for recipient: Recipient, to audience: Audience, mayReadCase: Bool = true
    ) async throws -> Explanation {
        var story = try await store.story(of: reminder, for: recipient, limit: Explainer.occurrences)
        story.reminder = story.reminder.told(mayReadCase: mayReadCase)
        let coming = ComingOccurrence(story)
        let undecided = story.occurrences.filter { story.isUndecided($0) }.map(\.id)
        let waiting = try await store.facts(
            ofOccurrences: Array(Set(story.holds.map(\.occurrenceID) + undecided)), for: recipient,
            switches: settings.switches)
        let next = try await nextFacts(coming, reminder, recipient)
        return Explanation(
            story, recipient: recipient, audience: audience, mayReadCase: mayReadCase, coming: coming, waiting: waiting,
            next: next,
            settings: settings)
    }

    /// Whose permits count for a recipient now, for an operator's terminal: which reminders took them, and who created
    /// those. Not for the recipient or others, who may not know about each other's reminders.
    ///
    /// - Returns: lines; none where there is no limit.
    public func permitLines(of recipient: Recipient, clock: PersonClock) async throws -> [String] {
        guard let window = settings.switches.limit else { return [] }
        let shown = 20
        let permits = try await store.permits(of: recipient, window: window.length, limit: shown + 1)
        func count(_ kind: PermitKind?) -> String {
            let many = permits.count { kind == nil || $0.kind == kind }
            return permits.count > shown ? "more than \(shown)" : "\(many) of \(window.limit)"
        }
        let isApart =
            settings.switches.countsOwnApart && permits.contains { $0.kind == .others } && permits.count <= shown
        let counts = isApart ? "\(count(.own)) of their own, \(count(.others)) of what others cause" : count(nil)
        return ["Permits of \(recipient.key) in the window: \(counts)"]
            + permits.prefix(shown).map { permit in
                let reminder =
                    permit.reminderID.map { "reminder \($0) “\(permit.title ?? "")”" } ?? "a reminder that is gone"
                let creator = permit.createdBy.map { ", created by \($0)" } ?? ""
                return "  \(clock.words(permit.grantedAt))  \(reminder) (occurrence \(permit.occurrenceID))\(creator)"
            }
    }

    private func nextFacts(
        _ coming: ComingOccurrence?, _ reminder: StoredReminder, _ recipient: Recipient
    ) async throws -> StoredFacts? {
        guard let coming else { return nil }
        guard let id = coming.occurrenceID else {
            return try await store.factsOfNextOccurrence(
                of: reminder.id, dueAt: coming.dueAt, for: recipient, switches: settings.switches)
        }
        return try await store.facts(ofOccurrences: [id], for: recipient, switches: settings.switches).first
    }
}
