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
