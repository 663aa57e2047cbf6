import RemindersDomain
import RemindersStore

/// Says what a due reminder leads to: pure.
struct FiringPlanner: Sendable {
    /// How late an occurrence may be in normal service: what is later was missed, and is made up for or skipped as the
    /// reminder's `catch_up` says.
    let punctuality: Duration

    /// - Returns: the occurrences that fire now and the reminder's next time.
    /// - Throws: `PlanningFailure` for a reminder whose rule, zone or the like this version cannot read, or whose rule is
    ///   too much work. It is the same whenever it is asked.
    func plan(_ reminder: DueReminder) throws(PlanningFailure) -> FiringPlan {
        guard let catchUp = CatchUp(rawValue: reminder.catchUp) else {
            throw PlanningFailure("catch_up", reminder.catchUp)
        }
        // A deadline has one time; the next deadline plans the reminder anew.
        if reminder.recurrenceType == "once" || reminder.trigger == .deadlineApproaching {
            return planOnce(reminder, catchUp)
        }
        let schedule = try RecurrenceSchedule(reminder)
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

/// Why a reminder cannot be planned.
struct PlanningFailure: Error, Hashable {
    /// An English sentence.
    let reason: String

    init(reason: String) {
        self.reason = reason
    }

    /// A value that this version does not know.
    init(_ column: String, _ value: String) {
        reason = "column \(column) holds “\(value)”, which this version does not know"
    }
}

extension RecurrenceSchedule {
    /// The schedule of a reminder.
    init(_ reminder: DueReminder) throws(PlanningFailure) {
        guard let recurrence = Recurrence(type: reminder.recurrenceType, rule: reminder.rrule) else {
            throw PlanningFailure("recurrence_type", reminder.recurrenceType)
        }
        guard let monthEnd = MonthEnd(rawValue: reminder.monthEnd) else {
            throw PlanningFailure("month_end", reminder.monthEnd)
        }
        var exclusions: [Exclusion] = []
        for text in reminder.exclusions {
            guard let exclusion = Exclusion(text) else { throw PlanningFailure("exdates", text) }
            exclusions.append(exclusion)
        }
        let zone: IANAZone
        do {
            zone = try ZoneCatalog.shared.zone(reminder.timeZone)
        } catch {
            throw PlanningFailure(reason: "time_zone: \(error)")
        }
        do {
            try self.init(
                anchor: LocalDateTime(microseconds: reminder.anchorLocalMicroseconds), zone: zone,
                recurrence: recurrence, exclusions: exclusions, monthEnd: monthEnd)
        } catch {
            throw PlanningFailure(reason: "rrule: \(error)")
        }
    }
}
