import RemindersContracts
import RemindersDomain
import RemindersHTTPService
import RemindersStore

/// When a reminder fires: the fields that belong together.
extension ReminderDefinition {
    private enum RecurrenceType: String, CaseIterable {
        case once, daily, weekly, monthly, rrule
    }

    mutating func readSchedule(_ fields: inout ObjectReader, in zone: IANAZone, on basis: ReminderDraft.Basis) {
        let problemsBefore = fields.problems.count
        let time = fields.time("scheduled_at")
        let rule = fields.text("rrule", upTo: RecurrenceRuleText.longest, isOneLine: true)
        let type = fields.choice("recurrence_type", RecurrenceType.self) ?? (rule == nil ? .once : .rrule)
        let monthEnd = fields.choice("month_end", MonthEnd.self)
        let exclusions = fields.times("exdates", upTo: 1_000) ?? []
        guard fields.problems.count == problemsBefore else { return }

        if type == .rrule, rule == nil { fields.note("rrule", "is required with recurrence_type rrule") }
        if type != .rrule, rule != nil { fields.note("rrule", "goes with recurrence_type rrule, not \(type.rawValue)") }
        if trigger == .timeBased {
            if time == nil { fields.note("scheduled_at", "is required with trigger_type time_based") }
        } else {
            let words = "goes with trigger_type time_based, not \(trigger.rawValue)"
            if time != nil { fields.note("scheduled_at", words) }
            if type != .once { fields.note("recurrence_type", words) }
            if !exclusions.isEmpty { fields.note("exdates", words) }
        }
        self.monthEnd = monthEnd ?? (type == .rrule ? .omit : .backward)
        guard fields.problems.count == problemsBefore, let time,
            let recurrence = Recurrence(type: type.rawValue, rule: rule)
        else { return }

        self.recurrence = recurrence
        self.exclusions = exclusions.map { $0.local(in: zone) }
        scheduledLocal = time.local(in: zone)
        scheduledAt = time.instant(in: zone)
        if let before = basis.before, hasSameSchedule(as: before) {
            // The patch says nothing about it: a local time that comes twice keeps the moment it was given as.
            scheduledAt = before.scheduledAt
        } else {
            checkSchedule(&fields, zone, now: basis.now)
        }
    }

    /// Makes sure that it fires at all, and a series some time after now.
    private func checkSchedule(_ fields: inout ObjectReader, _ zone: IANAZone, now: Instant) {
        guard let scheduledAt, let scheduledLocal else { return }
        if scheduledAt < Instant(seconds: 0) {
            fields.note("scheduled_at", "must not be before 1970")
            return
        }
        do {
            if let rule = recurrence.rule {
                try RecurrenceRuleText.validate(rule, anchor: scheduledLocal, zone: zone, monthEnd: monthEnd)
            }
            let bound = recurrence == .once ? Instant.distantPast : now
            if try schedule(in: zone, without: exclusions).next(after: bound) != nil { return }
            if try schedule(in: zone, without: []).next(after: bound) != nil {
                fields.note("exdates", "leave out every time that is to come")
            } else if recurrence.rule != nil {
                fields.note(
                    "rrule", "has no time after now: give a later UNTIL, a higher COUNT or a later scheduled_at")
            } else {
                fields.note("scheduled_at", "must be before the year 9999")
            }
        } catch {
            fields.note("rrule", "\(error)")
        }
    }

    private func schedule(
        in zone: IANAZone, without exclusions: [LocalDateTime]
    ) throws(RecurrenceRuleError) -> RecurrenceSchedule {
        try RecurrenceSchedule(
            anchor: scheduledLocal ?? LocalDateTime(microseconds: 0), zone: zone, recurrence: recurrence,
            exclusions: exclusions.map(Exclusion.local), monthEnd: monthEnd)
    }

    /// Whether its times are those of another.
    func hasSameSchedule(as other: ReminderDefinition) -> Bool {
        trigger == other.trigger && scheduledLocal == other.scheduledLocal && timeZone == other.timeZone
            && recurrence == other.recurrence && exclusions == other.exclusions && monthEnd == other.monthEnd
    }

    /// The times at which it fires; nil for one that waits for a status or a deadline, and where this version cannot
    /// read its rule or zone.
    var schedule: RecurrenceSchedule? {
        guard trigger == .timeBased, scheduledLocal != nil, let zone = try? ZoneCatalog.shared.zone(timeZone) else {
            return nil
        }
        return try? schedule(in: zone, without: exclusions)
    }
}
