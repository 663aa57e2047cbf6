import RemindersDomain
import RemindersStore

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
