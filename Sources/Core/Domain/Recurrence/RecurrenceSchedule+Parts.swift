/// What a schedule says, part by part: for sentences about it.
package struct RecurrenceParts: Sendable {
    /// The rule with what it takes from its anchor. `daily`, `weekly` and `monthly` are the rules that mean the same.
    package var rule: RecurrenceRule
    /// Seconds of the day at which it fires, sorted; at least one.
    package let times: [Int]
    /// What a month does that is too short.
    package let monthEnd: MonthEnd
    /// Where it hangs.
    package let zone: IANAZone
    /// How many times, days or moments are left out.
    package let exclusions: Int
}

extension RecurrenceSchedule {
    /// Its parts; nil for one that comes once.
    package var parts: RecurrenceParts? {
        var rule: RecurrenceRule
        var times = [anchor.secondOfDay]
        switch plan {
        case .plain(.once):
            return nil
        case .plain(.everyDays(let days)):
            rule = RecurrenceRule(frequency: days == 7 ? .weekly : .daily)
            if days == 7 { rule.weekdays = WeekdaySet([anchor.date.weekday]) }
        case .plain(.everyMonth):
            rule = RecurrenceRule(frequency: .monthly)
            rule.monthDays = 1 << UInt32(anchor.date.day)
        case .rule(let resolved):
            rule = resolved.rule
            times = resolved.times
        }
        return RecurrenceParts(
            rule: rule, times: times, monthEnd: monthEnd, zone: zone, exclusions: exclusions.count)
    }
}

extension RecurrenceRule {
    /// The months, 1...12; empty: all.
    package var monthNumbers: [Int] { (1...12).filter { months & 1 << UInt16($0) != 0 } }

    /// The days of the month, 1...31, and then those from its end, -1...-31.
    package var monthDayNumbers: [Int] {
        (1...31).filter { monthDays & 1 << UInt32($0) != 0 }
            + (1...31).filter { monthDaysFromEnd & 1 << UInt32($0) != 0 }.map { -$0 }
    }
}
