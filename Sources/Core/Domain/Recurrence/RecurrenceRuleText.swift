/// Reads recurrence rules, and refuses those that can't be kept.
public enum RecurrenceRuleText {
    /// The longest rule that is read, in bytes.
    public static let longest = 1_000
    /// The largest COUNT: finding the end of a rule takes a step an occurrence.
    public static let largestCount = 100_000
    /// The most times of day a rule may have, one each five minutes.
    public static let mostTimesADay = 288

    /// Reads a rule and makes sure that it fires at least once within `RuleExpansion.horizonYears` of its anchor.
    ///
    /// Called when a reminder is created, so that nothing is accepted that never happens. `RecurrenceSchedule.validate`
    /// does it for every kind of recurrence.
    ///
    /// - Parameter exclusions: what is left out; all of it may not be.
    /// - Throws: `RecurrenceRuleError` with the part and what to write instead.
    @discardableResult
    public static func validate(
        _ text: String, anchor: LocalDateTime, zone: IANAZone, monthEnd: MonthEnd? = nil, exclusions: [Exclusion] = []
    ) throws(RecurrenceRuleError) -> RecurrenceRule {
        try RecurrenceSchedule.validate(
            anchor: anchor, zone: zone, recurrence: .rrule(text), exclusions: exclusions, monthEnd: monthEnd)
        return try parse(text)
    }

    /// Reads a rule such as `FREQ=WEEKLY;BYDAY=MO,WE`, in any case, with or without `RRULE:` before it.
    ///
    /// - Throws: `RecurrenceRuleError` with the part and what to write instead.
    public static func parse(_ text: String) throws(RecurrenceRuleError) -> RecurrenceRule {
        guard text.utf8.count <= longest, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw RecurrenceRuleError(
                "RRULE", "it has blanks, other signs than ASCII or more than \(longest) of them",
                fix: "write one rule like FREQ=WEEKLY;BYDAY=MO,WE")
        }
        var rest = text.uppercased()[...]
        if rest.hasPrefix("RRULE:") { rest = rest.dropFirst(6) }

        var parts: [(name: String, value: Substring)] = []
        for clause in rest.split(separator: ";") {
            let sides = clause.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2, !sides[1].isEmpty else {
                throw RecurrenceRuleError(String(clause.prefix(40)), "it has no value", fix: "write NAME=VALUE")
            }
            let name = String(sides[0])
            if parts.contains(where: { $0.name == name }) {
                throw RecurrenceRuleError(name, "it is given twice", fix: "give it once, with values between commas")
            }
            parts.append((name, sides[1]))
        }

        guard let frequencyText = parts.first(where: { $0.name == "FREQ" })?.value else {
            throw RecurrenceRuleError(
                "FREQ", "it is missing", fix: "give FREQ=DAILY, WEEKLY, MONTHLY or YEARLY")
        }
        var reader = RecurrenceRulePartReader(rule: RecurrenceRule(frequency: try frequency(frequencyText)))
        for part in parts where part.name != "FREQ" {
            try reader.read(part.name, part.value)
        }
        return try reader.finish()
    }

    private static func frequency(_ text: Substring) throws(RecurrenceRuleError) -> RecurrenceRule.Frequency {
        if let frequency = RecurrenceRule.Frequency(rawValue: String(text)) { return frequency }
        if ["HOURLY", "MINUTELY", "SECONDLY"].contains(text) {
            throw RecurrenceRuleError(
                "FREQ", "\(text) is more often than reminders are sent", fix: "give FREQ=DAILY with BYHOUR")
        }
        throw RecurrenceRuleError(
            "FREQ", "\(text.prefix(40)) is no frequency", fix: "give DAILY, WEEKLY, MONTHLY or YEARLY")
    }
}
