import RemindersDomain
import RemindersStore

/// What happened with one reminder for one person, why, and what will happen next. One value: the API shows it as JSON,
/// the command line as text.
public struct Explanation: Sendable {
    /// One plain sentence, or two: where things stand.
    public var summary: String
    /// When this was true, by the database's clock.
    public var now: Instant
    /// The clock on the person's wall.
    public var clock: PersonClock
    /// Whom it is about.
    public var recipient: Recipient
    /// Who is told.
    public var audience: Audience
    /// The reminder.
    public var reminder: ExplainedReminder
    /// Its latest occurrences, latest first.
    public var occurrences: [ExplainedOccurrence]
    /// Occurrences that fell due while nothing ran and were not made up for, latest first.
    public var skipped: [ExplainedSkip]
    /// What comes next; nil when nothing does, or nobody can know when.
    public var next: ExplainedNext?
}

/// Where a reminder stands.
public struct ExplainedReminder: Sendable {
    /// A word for where it stands.
    public enum State: String, Sendable {
        /// It will fire.
        case active
        /// It is switched off.
        case inactive
        /// It was deleted.
        case deleted
        /// It has fired for the last time.
        case finished
        /// It was due, and a scheduler could not fire it.
        case setAside = "set_aside"
    }

    /// The reminder itself.
    public var stored: StoredReminder
    /// Where it stands.
    public var state: State
    /// The same in a sentence.
    public var words: String
    /// Who deleted it, where the log knows.
    public var deletedBy: String?
    /// What the person said about it.
    public var response: StoredResponse
}

/// One occurrence as the person met it.
public struct ExplainedOccurrence: Sendable {
    /// The occurrence.
    public var stored: StoredOccurrence
    /// Why it fired.
    public var why: String
    /// What became of it, in a sentence.
    public var words: String
    /// Its deliveries, in the order of `ChannelKind`; empty before the first decision.
    public var deliveries: [ExplainedDelivery]
    /// What will become of it while it is not decided about, or waits; nil when it has ended or is being sent.
    public var forecast: Forecast?
    /// Its time has come and it should have been decided about; nil otherwise.
    public var overdue: ExplainedOverdue?
}

/// One delivery as the ledger and the log tell of it.
public struct ExplainedDelivery: Sendable {
    /// The row of the ledger.
    public var entry: LedgerEntry
    /// Where it stands, in a sentence.
    public var words: String
    /// The steps of the last decision that did not simply send it.
    public var steps: [ExplainedStep]
    /// When it was held before, and why, oldest first.
    public var holds: [ExplainedHold]
    /// Every try, oldest first.
    public var attempts: [LoggedAttempt]
}

/// One step of a decision.
public struct ExplainedStep: Hashable, Sendable {
    /// The rule, a word for machines.
    public var rule: String
    /// What the rule looked at.
    public var value: String
    /// What followed.
    public var consequence: String
}

/// A decision that made a delivery wait.
public struct ExplainedHold: Sendable {
    /// When it was made.
    public var at: Instant
    /// Why it had to wait.
    public var reason: String
    /// Its steps.
    public var steps: [ExplainedStep]
}

/// Occurrences that were not made up for.
public struct ExplainedSkip: Sendable {
    /// When that was decided.
    public var at: Instant
    /// When the first of them was due.
    public var dueAt: Instant?
    /// How many.
    public var count: Int64
}

/// The next occurrence and what would become of it.
public struct ExplainedNext: Sendable {
    /// When it is due.
    public var dueAt: Instant
    /// Why it will fire.
    public var why: String
    /// What will become of it, in a sentence.
    public var words: String
    /// What will become of it; nil where nobody can know, such as for a person it is no longer addressed to.
    public var forecast: Forecast?
    /// Its time has come and no scheduler has taken it up; nil otherwise.
    public var overdue: ExplainedOverdue?
}

/// The next occurrence of a reminder for one person that has a time: pure.
struct ComingOccurrence: Hashable {
    /// When it is due.
    let dueAt: Instant
    /// Its id, where it is in the queue already.
    let occurrenceID: Int64?
    /// It wakes the person from their snooze.
    let isWakeUp: Bool

    /// nil when nothing is to come, or a change of status is waited for.
    init?(_ story: ReminderStory) {
        let wakeUp = story.occurrences.filter { $0.isWakeUp && $0.publishedAt == nil && $0.dueAt > story.now }
            .min { $0.dueAt < $1.dueAt }
        let planned = story.reminder.nextCheckAt
        switch (wakeUp, planned) {
        case (nil, nil): return nil
        case (let wakeUp?, let planned) where planned.map({ wakeUp.dueAt <= $0 }) ?? true:
            self.init(dueAt: wakeUp.dueAt, occurrenceID: wakeUp.id, isWakeUp: true)
        default:
            self.init(dueAt: planned ?? story.now, occurrenceID: nil, isWakeUp: false)
        }
    }

    private init(dueAt: Instant, occurrenceID: Int64?, isWakeUp: Bool) {
        self.dueAt = dueAt
        self.occurrenceID = occurrenceID
        self.isWakeUp = isWakeUp
    }
}

extension ReminderStory {
    /// Whether an occurrence has come and nobody has decided about it for this person.
    func isUndecided(_ occurrence: StoredOccurrence) -> Bool {
        occurrence.dueAt <= now && occurrence.processedAt == nil
            && !ledger.contains { $0.occurrenceID == occurrence.id }
    }
}

/// That the time of something has come, and nobody has taken it up.
public struct ExplainedOverdue: Hashable, Sendable {
    /// For how long, by the database's clock.
    public let by: Duration
    /// What it waits for.
    public let stage: OverdueStage

    /// Since `due`, at `now`; nil while that is no longer than it takes when everything runs.
    init?(since due: Instant, now: Instant, _ stage: OverdueStage) {
        guard now - due > OverdueStage.grace else { return nil }
        by = now - due
        self.stage = stage
    }

    /// `overdue for 5 min 3 s: no scheduler has taken it up`
    public var words: String { "overdue for \(by.words): \(stage.words)" }

    /// Whole seconds.
    public var seconds: Int64 { by.wholeMilliseconds / 1_000 }
}
