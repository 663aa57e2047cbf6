/// When a reminder fires: a recurrence from an anchor in a time zone.
///
/// Everything is computed from the anchor's local time, so nothing drifts, and a change of the zone re-plans the
/// future. A local time that a clock change skips moves forward by the gap (02:30 becomes 03:30); of a doubled one the
/// first counts. Two occurrences that a clock change moved onto each other are one.
public struct RecurrenceSchedule: Sendable {
    enum Plan: Sendable {
        case plain(PlainRecurrence)
        case rule(ResolvedRule)
    }

    /// The first local time; an occurrence of a rule only if it matches the rule.
    public let anchor: LocalDateTime
    /// Where the anchor's clock hangs.
    public let zone: IANAZone
    /// How often.
    public let recurrence: Recurrence
    /// What is left out.
    public let exclusions: [Exclusion]
    /// What a month does that is too short.
    public let monthEnd: MonthEnd
    let plan: Plan
    let excluded: ExclusionSet

    /// A schedule.
    ///
    /// - Parameters:
    ///   - exclusions: times at which it doesn't fire; they count for COUNT.
    ///   - monthEnd: for days 29 to 31 in shorter months; nil is `backward` for `monthly` and `omit` for a rule. SKIP
    ///     in the rule itself wins.
    /// - Throws: `RecurrenceRuleError` when the rule can't be read, or takes too much work. A rule that never fires is no error here: see
    ///   `RecurrenceRuleText.validate`.
    public init(
        anchor: LocalDateTime, zone: IANAZone, recurrence: Recurrence, exclusions: [Exclusion] = [],
        monthEnd: MonthEnd? = nil
    ) throws(RecurrenceRuleError) {
        self.anchor = anchor
        self.zone = zone
        self.recurrence = recurrence
        self.exclusions = exclusions
        excluded = ExclusionSet(exclusions)
        switch recurrence {
        case .once: plan = .plain(.once)
        case .daily: plan = .plain(.everyDays(1))
        case .weekly: plan = .plain(.everyDays(7))
        case .monthly: plan = .plain(.everyMonth)
        case .rrule(let text):
            let rule = try RecurrenceRuleText.parse(text)
            let resolved = try ResolvedRule(rule, anchor: anchor, zone: zone, monthEnd: monthEnd ?? .omit)
            self.monthEnd = resolved.monthEnd
            plan = .rule(resolved)
            return
        }
        self.monthEnd = monthEnd ?? .backward
    }

    /// The first occurrence after a moment, or nil when there is none.
    public func next(after: Instant) -> Occurrence? {
        var occurrences = occurrences(after: after)
        return occurrences.next()
    }

    /// The first `limit` occurrences after a moment.
    public func occurrences(after: Instant, limit: Int) -> [Occurrence] {
        Array(occurrences(after: after).prefix(limit))
    }

    /// The occurrences after a moment, found one by one.
    ///
    /// - Parameter through: where to stop looking, or nil for the end of the series. Some later ones may come: those of
    ///   the next day or two.
    public func occurrences(after: Instant, through: Instant? = nil) -> OccurrenceSequence {
        OccurrenceSequence(PlacedTimes(self, after: after, through: through))
    }

    /// 9999-12-31T00:00:00Z: the years RFC 3339 can write end a day later.
    static let end = Instant(
        seconds: Int64(CivilDate.daysSince1970(year: 9_999, month: 12, day: 31) * 86_400))
}

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

extension RecurrenceSchedule {
    /// The last occurrence that isn't after a moment, or nil when there is none.
    public func last(atOrBefore bound: Instant) -> Occurrence? {
        guard let first = next(after: .distantPast), first.at <= bound else { return nil }
        // Look back twice as far each time, until an occurrence lies between there and the bound.
        var reach = Duration.seconds(2 * 86_400)
        var last = first
        while bound - reach > first.at {
            if let found = next(after: bound - reach, through: bound) {
                last = found
                break
            }
            reach = reach * 2
        }
        // Usually it is among the next few; a rule that is dense in a part of the year may have thousands there.
        for _ in 0..<4 {
            guard let following = next(after: last.at, through: bound) else { return last }
            last = following
        }
        var end = bound
        while last.at < end {
            let middle = last.at + .microseconds((end.microseconds - last.at.microseconds) / 2)
            if let following = next(after: middle, through: bound) {
                last = following
            } else {
                end = middle
            }
        }
        return last
    }

    /// The first occurrence after a moment that isn't after another.
    private func next(after: Instant, through: Instant) -> Occurrence? {
        var occurrences = occurrences(after: after, through: through)
        return occurrences.next().flatMap { $0.at <= through ? $0 : nil }
    }
}
