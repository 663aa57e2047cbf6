import RemindersDomain
import RemindersStore

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
