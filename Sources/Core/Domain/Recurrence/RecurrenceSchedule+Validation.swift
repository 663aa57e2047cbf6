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
        let schedule = try RecurrenceSchedule(
            anchor: anchor, zone: zone, recurrence: recurrence, exclusions: exclusions, monthEnd: monthEnd)
        if schedule.next(after: .distantPast) == nil {
            throw RecurrenceRuleError("EXDATE", "every occurrence is left out", fix: "leave out fewer")
        }
        return schedule
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
