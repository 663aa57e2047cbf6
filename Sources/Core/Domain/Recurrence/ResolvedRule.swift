/// A rule with what its anchor adds: the parts it leaves open, the times of day and where it ends.
struct ResolvedRule: Sendable {
    var rule: RecurrenceRule
    let anchor: LocalDateTime
    let monthEnd: MonthEnd
    let filter: DayFilter
    /// Seconds of the day at which it fires, sorted.
    let times: [Int]
    /// The last local time that counts; later ones are outside UNTIL or COUNT.
    private(set) var lastLocal: LocalDateTime?
    /// The last moment that counts, for an UNTIL in UTC.
    private(set) var lastInstant: Instant?

    /// - Throws: `RecurrenceRuleError` for a COUNT whose end takes more than `mostSteps` to find.
    init(
        _ rule: RecurrenceRule, anchor: LocalDateTime, zone: IANAZone, monthEnd: MonthEnd
    ) throws(RecurrenceRuleError) {
        self.rule = ResolvedRule.completing(rule, by: anchor)
        filter = DayFilter(self.rule)
        self.anchor = anchor
        self.monthEnd = rule.monthEnd ?? monthEnd
        times = ResolvedRule.times(of: rule, anchor: anchor)
        switch rule.end {
        case .never:
            break
        case .day(let date):
            lastLocal = LocalDateTime(date: date, secondOfDay: 86_399, microsecond: 999_999)
        case .local(let local):
            lastLocal = local
        case .instant(let instant):
            lastInstant = instant
            // A local time stands for a moment at most a day later than the same time without clock changes.
            lastLocal = zone.local(at: instant).adding(seconds: 86_400)
        case .count(let count):
            lastLocal = try lastOf(count)
        }
    }

    /// "Information, not contained in the rule, necessary to determine the various recurrence instance start time and
    /// dates are derived from the Start Time" (RFC 5545 §3.3.10). As python-dateutil, a rule with BYWEEKNO alone takes
    /// every day of the week.
    private static func completing(_ rule: RecurrenceRule, by anchor: LocalDateTime) -> RecurrenceRule {
        guard !rule.hasDayPart else { return rule }
        var complete = rule
        let date = anchor.date
        switch rule.frequency {
        case .daily:
            break
        case .weekly:
            complete.weekdays = WeekdaySet([date.weekday])
        case .monthly:
            complete.monthDays = 1 << UInt32(date.day)
        case .yearly:
            if rule.months == 0 { complete.months = 1 << UInt16(date.month) }
            complete.monthDays = 1 << UInt32(date.day)
        }
        return complete
    }

    private static func times(of rule: RecurrenceRule, anchor: LocalDateTime) -> [Int] {
        if rule.hours.isEmpty, rule.minutes.isEmpty, rule.seconds.isEmpty { return [anchor.secondOfDay] }
        let hours = rule.hours.isEmpty ? [anchor.hour] : rule.hours
        let minutes = rule.minutes.isEmpty ? [anchor.minute] : rule.minutes
        let seconds = rule.seconds.isEmpty ? [anchor.second] : rule.seconds
        var times: [Int] = []
        times.reserveCapacity(hours.count * minutes.count * seconds.count)
        for hour in hours {
            for minute in minutes {
                for second in seconds { times.append(hour * 3_600 + minute * 60 + second) }
            }
        }
        return times
    }

    /// The most work that finding the end of a COUNT may be, in days looked at and times found: a few milliseconds. It is
    /// done each time the rule is used, so that a rule that takes longer holds up everything that is due beside it.
    static let mostSteps = 250_000

    /// The local time of the last of `count` occurrences, or of the last there is within the horizon.
    private func lastOf(_ count: Int) throws(RecurrenceRuleError) -> LocalDateTime? {
        var expansion = RuleExpansion(self, from: anchor)
        var last: LocalDateTime?
        for found in 0..<count {
            guard found + expansion.examined <= ResolvedRule.mostSteps else {
                throw RecurrenceRuleError(
                    "COUNT",
                    "finding the last of \(count) takes too long: only \(found) are among the first "
                        + "\(expansion.examined) days",
                    fix: "give at most COUNT=\(found), or UNTIL, or a FREQ whose periods have more of them")
            }
            guard let time = expansion.next() else { break }
            last = time.local
        }
        return last
    }
}
