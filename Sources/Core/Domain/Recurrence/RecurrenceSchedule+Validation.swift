extension RecurrenceSchedule {
    /// A schedule that fires at least once: nothing that never happens is to be accepted.
    ///
    /// - Throws: `RecurrenceRuleError` with the part (`RRULE`, `UNTIL`, `EXDATE`, or the part of the rule that can't be
    ///   read) and what to write instead.
    @discardableResult
    public static func validate(
        anchor: LocalDateTime, zone: IANAZone, recurrence: Recurrence, exclusions: [Exclusion] = [],
        monthEnd: MonthEnd? = nil
    ) throws(RecurrenceRuleError) -> RecurrenceSchedule {
        let whole = try RecurrenceSchedule(anchor: anchor, zone: zone, recurrence: recurrence, monthEnd: monthEnd)
        guard whole.next(after: .distantPast) != nil else { throw try whole.reasonForNone() }
        if exclusions.isEmpty { return whole }
        if let unmet = exclusions.first(where: { !whole.meets($0) }) {
            throw RecurrenceRuleError(
                "EXDATE", "\(unmet) leaves out nothing: the series has no occurrence then",
                fix: "give a time of the series as it is shown, or leave it away")
        }
        let schedule = try RecurrenceSchedule(
            anchor: anchor, zone: zone, recurrence: recurrence, exclusions: exclusions, monthEnd: monthEnd)
        if schedule.next(after: .distantPast) == nil {
            throw RecurrenceRuleError("EXDATE", "every occurrence is left out", fix: "leave out fewer")
        }
        return schedule
    }

    /// Whether an exclusion would leave something out of this series (of all of it, also of what it leaves out already):
    /// whether it has an occurrence at that moment, shown at that local time, or on that day, and nothing else comes at
    /// the same moment. Asks about one day, so that it takes the same time wherever in the series that is.
    public func meets(_ exclusion: Exclusion) -> Bool {
        let begin: Instant
        switch exclusion {
        case .instant(let instant): begin = Instant(seconds: instant.seconds)
        // Also one that was moved is at the moment to which its own local time moves.
        case .local(let local): begin = Instant(seconds: zone.instant(of: local).seconds)
        case .day(let date): begin = zone.instant(of: LocalDateTime(date: date, secondOfDay: 0))
        }
        guard begin < RecurrenceSchedule.end else { return false }
        // A clock change moves an occurrence by a day at most.
        let end = begin + .seconds(2 * 86_400)
        let before = begin - .microseconds(1)
        var all = PlacedTimes(self, after: before, through: end, excluding: ExclusionSet([]))
        var left = PlacedTimes(self, after: before, through: end, excluding: ExclusionSet([exclusion]))
        while let placed = all.next(), placed.instant <= end {
            if left.next()?.instant != placed.instant { return true }
            guard case .day(let date) = exclusion, placed.time.local.date <= date else { return false }
        }
        return false
    }

    /// Why it never fires.
    private func reasonForNone() throws(RecurrenceRuleError) -> RecurrenceRuleError {
        guard case .rrule(let text) = recurrence else {
            return RecurrenceRuleError("RRULE", "it begins after the year 9999", fix: "give an earlier start")
        }
        switch try RecurrenceRuleText.parse(text).end {
        case .never, .count:
            return RecurrenceRuleError(
                "RRULE", "it never occurs in the \(RuleExpansion.horizonYears) years after the start",
                fix: "drop one of the parts that exclude each other")
        case .day, .local, .instant:
            return RecurrenceRuleError(
                "UNTIL", "no occurrence lies between the start and this time", fix: "give a later time")
        }
    }
}
