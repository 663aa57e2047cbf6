import RemindersDomain
import RemindersStore

/// Says what a due reminder leads to: pure.
struct FiringPlanner: Sendable {
    /// How late an occurrence may be in normal service: what is later was missed, and is made up for or skipped as the
    /// reminder's `catch_up` says.
    let punctuality: Duration

    /// - Returns: the occurrences that fire now and the reminder's next time. A reminder whose rule or zone this
    ///   version cannot read fires once and is not due again.
    func plan(_ reminder: DueReminder) -> FiringPlan {
        let catchUp = CatchUp(rawValue: reminder.catchUp) ?? .latest
        // A deadline has one time; the next deadline plans the reminder anew.
        if reminder.recurrenceType == "once" || reminder.trigger == .deadlineApproaching {
            return planOnce(reminder, catchUp)
        }
        guard let schedule = RecurrenceSchedule(reminder) else {
            return FiringPlan(occurrences: [reminder.dueAt], next: nil)
        }
        let plan = catchUp.plan(
            schedule, lastFired: reminder.dueAt - .microseconds(1), now: reminder.now,
            maximumLateness: reminder.maximumLateness, punctuality: punctuality)
        var occurrences = plan.fired.map(\.at)
        if occurrences.isEmpty, plan.skipped.isEmpty, reminder.replannedAt != reminder.dueAt,
            reminder.dueAt != schedule.zone.instant(of: schedule.anchor)
        {
            // Somebody set next_check_at by hand to a time outside the series: that is meant. An anchor that its own
            // rule leaves out is not.
            occurrences = [reminder.dueAt]
        }
        return FiringPlan(occurrences: occurrences, skipped: plan.skipped.count, next: plan.next?.at)
    }

    /// Most reminders: nothing to compute. One that comes too late is dropped, and recorded for everybody it was for, by
    /// the decision.
    private func planOnce(_ reminder: DueReminder, _ catchUp: CatchUp) -> FiringPlan {
        if catchUp == .skip, reminder.now - reminder.dueAt > punctuality {
            return FiringPlan(occurrences: [], skipped: 1, next: nil)
        }
        return FiringPlan(occurrences: [reminder.dueAt], next: nil)
    }
}

extension RecurrenceSchedule {
    /// The schedule of a reminder; nil where this version cannot read its zone or rule.
    init?(_ reminder: DueReminder) {
        guard let recurrence = Recurrence(type: reminder.recurrenceType, rule: reminder.rrule),
            let zone = try? ZoneCatalog.shared.zone(reminder.timeZone)
        else { return nil }
        try? self.init(
            anchor: LocalDateTime(microseconds: reminder.anchorLocalMicroseconds), zone: zone, recurrence: recurrence,
            exclusions: reminder.exceptionLocalMicroseconds.map { .local(LocalDateTime(microseconds: $0)) },
            monthEnd: MonthEnd(rawValue: reminder.monthEnd))
    }
}
