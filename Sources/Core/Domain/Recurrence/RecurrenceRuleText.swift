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

/// Reads the parts of a recurrence rule one by one and checks how they go together (RFC 5545 §3.3.10).
struct RecurrenceRulePartReader {
    var rule: RecurrenceRule
    private var hasScale = false

    init(rule: RecurrenceRule) {
        self.rule = rule
    }

    mutating func read(_ name: String, _ value: Substring) throws(RecurrenceRuleError) {
        switch name {
        case "INTERVAL": rule.interval = try number(name, value, in: 1...10_000)
        case "COUNT": try setEnd(name, .count(number(name, value, in: 1...RecurrenceRuleText.largestCount)))
        case "UNTIL": try setEnd(name, until(value))
        case "WKST": rule.weekStart = try weekday(name, value)
        case "BYMONTH": for month in try numbers(name, value, in: 1...12) { rule.months |= 1 << month }
        case "BYMONTHDAY": try readMonthDays(value)
        case "BYYEARDAY": rule.yearDays = try signedNumbers(name, value, upTo: 366)
        case "BYWEEKNO": rule.weekNumbers = try signedNumbers(name, value, upTo: 53)
        case "BYDAY": try readWeekdays(value)
        case "BYHOUR": rule.hours = try numbers(name, value, in: 0...23)
        case "BYMINUTE": rule.minutes = try numbers(name, value, in: 0...59)
        case "BYSECOND": rule.seconds = try numbers(name, value, in: 0...59)
        case "BYSETPOS": rule.setPositions = try signedNumbers(name, value, upTo: 366)
        case "RSCALE":
            guard value == "GREGORIAN" else {
                throw RecurrenceRuleError(name, "only one calendar is known", fix: "give RSCALE=GREGORIAN")
            }
            hasScale = true
        case "SKIP":
            guard let monthEnd = MonthEnd(rawValue: value.lowercased()) else {
                throw RecurrenceRuleError(name, "the value is unknown", fix: "give OMIT, BACKWARD or FORWARD")
            }
            rule.monthEnd = monthEnd
        default:
            throw RecurrenceRuleError(
                String(name.prefix(40)), "there is no such part", fix: "use the parts of RFC 5545 §3.3.10")
        }
    }

    /// Checks the rule as a whole.
    consuming func finish() throws(RecurrenceRuleError) -> RecurrenceRule {
        try checkFrequency()
        if rule.monthEnd != nil, !hasScale {
            throw RecurrenceRuleError("SKIP", "it needs RSCALE (RFC 7529 §4.1)", fix: "add RSCALE=GREGORIAN")
        }
        if !rule.setPositions.isEmpty, !rule.hasFilter {
            throw RecurrenceRuleError(
                "BYSETPOS", "there is nothing to choose from", fix: "add another BY part, such as BYDAY")
        }
        let times = max(1, rule.hours.count) * max(1, rule.minutes.count) * max(1, rule.seconds.count)
        if times > RecurrenceRuleText.mostTimesADay {
            throw RecurrenceRuleError(
                "BYHOUR", "BYHOUR, BYMINUTE and BYSECOND make \(times) times a day",
                fix: "list at most \(RecurrenceRuleText.mostTimesADay)")
        }
        return rule
    }

    private func checkFrequency() throws(RecurrenceRuleError) {
        let frequency = rule.frequency
        if frequency != .yearly, !rule.weekNumbers.isEmpty {
            throw RecurrenceRuleError("BYWEEKNO", "weeks are numbered in a year", fix: "give FREQ=YEARLY")
        }
        if frequency != .yearly, !rule.yearDays.isEmpty {
            throw RecurrenceRuleError("BYYEARDAY", "days are numbered in a year", fix: "give FREQ=YEARLY")
        }
        if frequency == .weekly, rule.monthDays != 0 || rule.monthDaysFromEnd != 0 {
            throw RecurrenceRuleError("BYMONTHDAY", "a week has no days of the month", fix: "give FREQ=MONTHLY")
        }
        guard !rule.numberedWeekdays.isEmpty else { return }
        if frequency == .daily || frequency == .weekly {
            throw RecurrenceRuleError(
                "BYDAY", "weekdays are numbered in a month or a year",
                fix: "drop the number or give FREQ=MONTHLY or YEARLY")
        }
        if !rule.weekNumbers.isEmpty {
            throw RecurrenceRuleError("BYDAY", "a week has each weekday once", fix: "drop the number or BYWEEKNO")
        }
        if frequency == .monthly || rule.months != 0, rule.numberedWeekdays.contains(where: { abs($0.number) > 5 }) {
            throw RecurrenceRuleError("BYDAY", "a month has five weeks at most", fix: "give a number of -5...5")
        }
    }

    private mutating func setEnd(_ name: String, _ end: RecurrenceRule.End) throws(RecurrenceRuleError) {
        guard rule.end == .never else {
            throw RecurrenceRuleError(name, "COUNT and UNTIL exclude each other", fix: "give one of them")
        }
        rule.end = end
    }

    private func until(_ value: Substring) throws(RecurrenceRuleError) -> RecurrenceRule.End {
        switch BasicDateTime(String(value)) {
        case .day(let date): return .day(date)
        case .local(let local): return .local(local)
        case .utc(let instant): return .instant(instant)
        case nil:
            throw RecurrenceRuleError(
                "UNTIL", "it is no date or time", fix: "write 20261224 or 20261224T160000Z")
        }
    }

    private mutating func readMonthDays(_ value: Substring) throws(RecurrenceRuleError) {
        for day in try signedNumbers("BYMONTHDAY", value, upTo: 31) {
            if day > 0 { rule.monthDays |= 1 << day } else { rule.monthDaysFromEnd |= 1 << -day }
        }
    }

    private mutating func readWeekdays(_ value: Substring) throws(RecurrenceRuleError) {
        for item in try items("BYDAY", value) {
            let weekday = try weekday("BYDAY", item.suffix(2))
            if item.utf8.count == 2 {
                rule.weekdays.insert(WeekdaySet([weekday]))
            } else {
                let number = try signedNumbers("BYDAY", item.dropLast(2), upTo: 53)[0]
                rule.numberedWeekdays.append(.init(number: number, weekday: weekday))
            }
        }
    }

    private func weekday(_ name: String, _ text: Substring) throws(RecurrenceRuleError) -> Weekday {
        switch text {
        case "MO": return .monday
        case "TU": return .tuesday
        case "WE": return .wednesday
        case "TH": return .thursday
        case "FR": return .friday
        case "SA": return .saturday
        case "SU": return .sunday
        default:
            throw RecurrenceRuleError(
                name, "\(text.prefix(40)) is no weekday", fix: "use MO, TU, WE, TH, FR, SA and SU")
        }
    }

    private func number(
        _ name: String, _ text: Substring, in range: ClosedRange<Int>
    ) throws(RecurrenceRuleError) -> Int {
        guard text.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(text), range.contains(number) else {
            throw RecurrenceRuleError(
                name, "\(text.prefix(40)) is out of range",
                fix: "give a number of \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private func numbers(
        _ name: String, _ value: Substring, in range: ClosedRange<Int>
    ) throws(RecurrenceRuleError) -> [Int] {
        var result: Set<Int> = []
        for item in try items(name, value) { result.insert(try number(name, item, in: range)) }
        return result.sorted()
    }

    private func signedNumbers(
        _ name: String, _ value: Substring, upTo limit: Int
    ) throws(RecurrenceRuleError) -> [Int] {
        var result: Set<Int> = []
        for item in try items(name, value) {
            guard let first = item.utf8.first, let number = Int(item), number != 0, abs(number) <= limit,
                (48...57).contains(first) || item.utf8.count > 1
            else {
                throw RecurrenceRuleError(
                    name, "\(item.prefix(40)) is out of range", fix: "give numbers of 1 to \(limit), or -\(limit) to -1"
                )
            }
            result.insert(number)
        }
        return result.sorted()
    }

    private func items(_ name: String, _ value: Substring) throws(RecurrenceRuleError) -> [Substring] {
        let items = value.split(separator: ",", omittingEmptySubsequences: false)
        guard items.allSatisfy({ !$0.isEmpty }) else {
            throw RecurrenceRuleError(name, "a value between commas is missing", fix: "write 1,2,3")
        }
        return items
    }
}

/// DATE and DATE-TIME of RFC 5545 §3.3.4 and §3.3.5: `20261224`, `20261224T170000` and `20261224T160000Z`.
enum BasicDateTime {
    case day(CivilDate)
    case local(LocalDateTime)
    case utc(Instant)

    init?(_ text: String) {
        var copy = text
        let parsed = copy.withUTF8 { bytes -> BasicDateTime? in
            var reader = DigitReader(UnsafeRawBufferPointer(bytes))
            guard let century = reader.twoDigits(), let yearOfCentury = reader.twoDigits(),
                let month = reader.twoDigits(), let day = reader.twoDigits(),
                let date = CivilDate(year: century * 100 + yearOfCentury, month: month, day: day)
            else { return nil }
            if reader.isAtEnd { return .day(date) }
            guard reader.take("T"), let hour = reader.twoDigits(), let minute = reader.twoDigits(),
                let second = reader.twoDigits(),
                let local = LocalDateTime(date: date, hour: hour, minute: minute, second: second)
            else { return nil }
            if reader.isAtEnd { return .local(local) }
            guard reader.take("Z"), reader.isAtEnd else { return nil }
            return .utc(Instant(microseconds: local.microseconds))
        }
        guard let parsed else { return nil }
        self = parsed
    }
}
