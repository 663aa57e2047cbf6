import RemindersDomain
import RemindersStore

/// When a reminder is due next, and what is to come: pure.
enum ReminderPlan {
    /// When a new reminder is due first; nil for one that is switched off, and for one that waits for a status or a
    /// deadline, which the database looks after.
    static func first(of definition: ReminderDefinition, now: Instant) -> Instant? {
        guard definition.trigger == .timeBased, definition.isActive else { return nil }
        return definition.recurrence == .once ? definition.scheduledAt : definition.schedule?.next(after: now)?.at
    }

    /// When a changed reminder is due next: a series goes on from now and never fires what has passed.
    static func next(
        of reminder: StoredReminder, changedTo new: ReminderDefinition, now: Instant
    ) -> ReminderChange.Plan {
        let old = reminder.definition
        guard new.trigger == .timeBased else {
            // Nothing is due by time any more; of a deadline the database knows when.
            return old.trigger == .timeBased && new.trigger == .statusChange ? .at(nil) : .asBefore
        }
        // The database takes the time of one that is switched off away.
        guard new.isActive else { return .asBefore }
        if old.isActive, new.hasSameSchedule(as: old), new.scheduledAt == old.scheduledAt { return .asBefore }
        guard new.recurrence == .once else { return .at(new.schedule?.next(after: now)?.at) }
        // A new time counts even if it has passed, as it does for a new reminder.
        if new.scheduledAt != old.scheduledAt || old.trigger != .timeBased { return .at(new.scheduledAt) }
        if old.isActive, old.recurrence == .once { return .asBefore }
        return .at(new.scheduledAt.flatMap { $0 > now ? $0 : nil })
    }

    /// The next times of a reminder.
    ///
    /// - Parameters:
    ///   - from: where to begin; nil: with what is due next, and then nothing is to come of one that is switched off or
    ///     has ended.
    static func occurrences(of reminder: StoredReminder, count: Int, from: Instant? = nil) -> [Occurrence] {
        guard let begin = from ?? reminder.nextCheckAt else { return [] }
        let definition = reminder.definition
        let justBefore = begin - .microseconds(1)
        if let schedule = definition.schedule, definition.recurrence != .once {
            return schedule.occurrences(after: justBefore, limit: count)
        }
        // At a moment, however its clock shows it, or when the database says that the deadline approaches.
        guard let at = definition.trigger == .timeBased ? definition.scheduledAt : reminder.nextCheckAt, at >= begin,
            let zone = try? ZoneCatalog.shared.zone(definition.timeZone)
        else { return [] }
        // With the remark of its schedule, where that has one.
        if let planned = definition.schedule?.next(after: justBefore), planned.at == at { return [planned] }
        return [Occurrence(at: at, local: zone.local(at: at))]
    }
}
