/// When a reminder fires: a recurrence from an anchor in a time zone.
///
/// Everything is computed from the anchor's local time, so nothing drifts, and a change of the zone re-plans the
/// future. A local time that a clock change skips moves forward by the gap (02:30 becomes 03:30); of a doubled one the
/// first counts. Two occurrences that a clock change moved onto each other are one.
public struct RecurrenceSchedule: Sendable {
    private enum Plan: Sendable {
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
    private let plan: Plan

    /// A schedule.
    ///
    /// - Parameters:
    ///   - exclusions: times at which it doesn't fire; they count for COUNT.
    ///   - monthEnd: for days 29 to 31 in shorter months; nil is `backward` for `monthly` and `omit` for a rule. SKIP
    ///     in the rule itself wins.
    /// - Throws: `RecurrenceRuleError` when the rule can't be read. A rule that never fires is no error here: see
    ///   `RecurrenceRuleText.validate`.
    public init(
        anchor: LocalDateTime, zone: IANAZone, recurrence: Recurrence, exclusions: [Exclusion] = [],
        monthEnd: MonthEnd? = nil
    ) throws(RecurrenceRuleError) {
        self.anchor = anchor
        self.zone = zone
        self.recurrence = recurrence
        self.exclusions = exclusions
        switch recurrence {
        case .once: plan = .plain(.once)
        case .daily: plan = .plain(.everyDays(1))
        case .weekly: plan = .plain(.everyDays(7))
        case .monthly: plan = .plain(.everyMonth)
        case .rrule(let text):
            let rule = try RecurrenceRuleText.parse(text)
            let resolved = ResolvedRule(rule, anchor: anchor, zone: zone, monthEnd: monthEnd ?? .omit)
            self.monthEnd = resolved.monthEnd
            plan = .rule(resolved)
            return
        }
        self.monthEnd = monthEnd ?? .backward
    }

    /// The first occurrence after a moment, or nil when there is none.
    public func next(after: Instant) -> Occurrence? {
        // Three days before the anchor are before the anchor in every zone, and keep the arithmetic in range.
        let bound = max(after, Instant(microseconds: anchor.microseconds) - .seconds(3 * 86_400))
        guard bound < RecurrenceSchedule.end else { return nil }
        let offset = zone.offset(at: bound)
        let local = LocalDateTime(microseconds: bound.microseconds + Int64(offset) * 1_000_000)
        // An earlier local time is a later moment only when clocks went forward since: by a day at most.
        let isSteady = zone.offset(at: bound - .seconds(86_400)) == offset
        let start = isSteady ? local : local.adding(seconds: -86_400)
        return switch plan {
        case .plain(let plain): next(plain, after: bound, from: start)
        case .rule(let rule): next(rule, after: bound, from: start)
        }
    }

    /// The first `limit` occurrences after a moment.
    public func occurrences(after: Instant, limit: Int) -> [Occurrence] {
        var result: [Occurrence] = []
        var last = after
        while result.count < limit, let occurrence = next(after: last) {
            result.append(occurrence)
            last = occurrence.at
        }
        return result
    }

    private func next(_ plain: PlainRecurrence, after bound: Instant, from start: LocalDateTime) -> Occurrence? {
        var index = plain.index(notAfter: start, anchor: anchor)
        while true {
            if case .once = plain, index > 0 { return nil }
            defer { index += 1 }
            guard let time = plain.time(index, anchor: anchor, monthEnd: monthEnd) else { continue }
            guard time.local >= start else { continue }
            let converted = zone.convert(time.local)
            guard converted.instant < RecurrenceSchedule.end else { return nil }
            if converted.instant > bound, !isExcluded(time, at: converted.instant) {
                return Occurrence(time, converted: converted, zone: zone, monthEnd: monthEnd)
            }
        }
    }

    private func next(_ rule: ResolvedRule, after bound: Instant, from start: LocalDateTime) -> Occurrence? {
        var expansion = RuleExpansion(rule, from: start)
        var best: (time: RuleTime, converted: ZonedTime)?
        // A time that was moved over a gap may be later than one that follows it in the rule, within the gap's length.
        var lookahead: LocalDateTime?
        while let time = expansion.next() {
            if let lookahead, time.local >= lookahead { break }
            let converted = zone.convert(time.local)
            if let last = rule.lastInstant, converted.instant > last {
                if case .skipped = converted.change { continue }
                break
            }
            guard converted.instant > bound, !isExcluded(time, at: converted.instant) else { continue }
            if let best, best.converted.instant < converted.instant { continue }
            best = (time, converted)
            guard case .skipped(let gap) = converted.change else { break }
            lookahead = lookahead ?? time.local.adding(seconds: gap + 1)
        }
        return best.map { Occurrence($0.time, converted: $0.converted, zone: zone, monthEnd: monthEnd) }
    }

    private func isExcluded(_ time: RuleTime, at instant: Instant) -> Bool {
        exclusions.contains { $0.excludes(time, at: instant) }
    }

    /// 9999-12-31T00:00:00Z: the years RFC 3339 can write end a day later.
    private static let end = Instant(
        seconds: Int64(CivilDate.daysSince1970(year: 9_999, month: 12, day: 31) * 86_400))
}
