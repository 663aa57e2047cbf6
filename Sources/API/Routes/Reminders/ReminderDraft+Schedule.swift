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
        let exclusions = fields.exclusions("exdates", upTo: 1_000) ?? []
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
        if trigger == .timeBased, type == .once, !exclusions.isEmpty {
            fields.note("exdates", "goes with a series: a reminder that comes once has nothing to leave out")
        }
        self.monthEnd = monthEnd ?? (type == .rrule ? .omit : .backward)
        guard fields.problems.count == problemsBefore, let time,
            let recurrence = Recurrence(type: type.rawValue, rule: rule)
        else { return }

        self.recurrence = recurrence
        self.exclusions = exclusions
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
            let series = try RecurrenceSchedule.validate(
                anchor: scheduledLocal, zone: zone, recurrence: recurrence, monthEnd: monthEnd)
            let bound = recurrence == .once ? Instant.distantPast : now
            guard series.next(after: bound) != nil else {
                return fields.note(
                    "rrule", "has no time after now: give a later UNTIL, a higher COUNT or a later scheduled_at")
            }
            let unmet = exclusions.enumerated().filter { !series.meets($0.element) }
            for (index, exclusion) in unmet {
                fields.note(
                    "exdates/\(index)",
                    "\(exclusion) leaves out nothing: the series has no occurrence then; give its day, or its time as "
                        + "`local` or `at` show it, or leave it away")
            }
            if unmet.isEmpty, try schedule(in: zone).next(after: bound) == nil {
                fields.note("exdates", "leave out every time that is to come")
            }
        } catch {
            if recurrence.rule == nil {
                fields.note("scheduled_at", "must be before the year 9999")
            } else {
                fields.note("rrule", "\(error)")
            }
        }
    }

    private func schedule(in zone: IANAZone) throws(RecurrenceRuleError) -> RecurrenceSchedule {
        try RecurrenceSchedule(
            anchor: scheduledLocal ?? LocalDateTime(microseconds: 0), zone: zone, recurrence: recurrence,
            exclusions: exclusions, monthEnd: monthEnd)
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
        return try? schedule(in: zone)
    }
}

extension ObjectReader {
    /// A list of days, local times and moments.
    fileprivate mutating func exclusions(_ name: String, upTo limit: Int) -> [Exclusion]? {
        elements(name, upTo: limit) { reader, place, value in
            guard case .string(let text) = value, let exclusion = Exclusion(text), exclusion.isStorable else {
                return reader.wrong(
                    place,
                    "must be a day such as 2026-03-02, or a time such as 2026-03-02T09:00:00 or "
                        + "2026-03-02T08:00:00Z")
            }
            return exclusion
        }
    }
}

extension Exclusion {
    /// Whether it lies in the years that the database's check and RFC 3339 know.
    fileprivate var isStorable: Bool {
        let year =
            switch self {
            case .day(let date): date.year
            case .local(let local): local.date.year
            case .instant(let instant): IANAZone.utc.local(at: instant).date.year
            }
        return (1...9_999).contains(year)
    }
}
