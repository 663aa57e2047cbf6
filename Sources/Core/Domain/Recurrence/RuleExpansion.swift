/// The local times of a rule, in order: period by period, as RFC 5545 §3.3.10 has it.
///
/// Python-dateutil is the model where the RFC leaves a choice: the anchor is an occurrence only if it matches the rule,
/// and the days of a numbered week count in the calendar year they lie in. The RFC is followed where dateutil differs:
/// `BYDAY=MO,2TU` is every Monday and the second Tuesday, BYSETPOS counts from the beginning of the anchor's week, and
/// negative week numbers count in the week's own year.
struct RuleExpansion {
    /// A rule that yields nothing for so many years is taken to have ended. A leap day on a given weekday comes back
    /// within 40 years.
    static let horizonYears = 100

    private let resolved: ResolvedRule
    private let anchorDate: CivilDate
    /// How many intervals after the anchor's the period in hand is.
    private var period: Int
    private var calendar: PeriodDays
    private var times: [RuleTime] = []
    private var position = 0
    private var lastYielded: LocalDateTime
    private var lastDay: Int

    /// Begins with the first time that isn't before `start`, nor before the anchor.
    init(_ resolved: ResolvedRule, from start: LocalDateTime) {
        self.resolved = resolved
        anchorDate = resolved.anchor.date
        let first = max(start, resolved.anchor)
        lastYielded = LocalDateTime(microseconds: first.microseconds - 1)
        lastDay = first.day
        calendar = PeriodDays(rule: resolved.rule, monthEnd: resolved.monthEnd)
        let skipped = RuleExpansion.periods(from: anchorDate, to: first.date, rule: resolved.rule)
        period = max(0, resolved.monthEnd == .forward ? skipped - 1 : skipped)
    }

    /// The next local time, or nil when the rule has ended or yields nothing within the horizon.
    mutating func next() -> RuleTime? {
        while true {
            while position < times.count {
                let time = times[position]
                position += 1
                guard time.local > lastYielded else { continue }
                if let last = resolved.lastLocal, time.local > last { return nil }
                lastYielded = time.local
                lastDay = time.local.day
                return time
            }
            guard fill() else { return nil }
        }
    }

    /// Expands the next period.
    private mutating func fill() -> Bool {
        position = 0
        times.removeAll(keepingCapacity: true)
        let rule = resolved.rule
        let step = period * rule.interval
        period += 1
        let firstDay: Int
        switch rule.frequency {
        case .daily:
            firstDay = anchorDate.daysSince1970 + step
            calendar.takeDay(firstDay)
        case .weekly:
            firstDay = RuleExpansion.weekStart(of: anchorDate, rule.weekStart) + 7 * step
            calendar.takeWeek(from: firstDay)
        case .monthly:
            let month = anchorDate.year * 12 + anchorDate.month - 1 + step
            firstDay = CivilDate.daysSince1970(year: month / 12, month: month % 12 + 1, day: 1)
            calendar.takeMonth(year: month / 12, month: month % 12 + 1)
        case .yearly:
            firstDay = CivilDate.daysSince1970(year: anchorDate.year + step, month: 1, day: 1)
            calendar.takeYear(anchorDate.year + step)
        }
        guard firstDay <= RuleExpansion.lastDay, firstDay - lastDay <= RuleExpansion.horizonYears * 366 else {
            return false
        }
        if let last = resolved.lastLocal, firstDay > last.day { return false }
        rule.setPositions.isEmpty ? takeAll() : takePositions(rule.setPositions)
        return true
    }

    private mutating func takeAll() {
        for index in calendar.days.indices {
            for second in resolved.times { append(index, second) }
        }
    }

    /// BYSETPOS: the nth of all the times of the period, from the front or from the end.
    private mutating func takePositions(_ positions: [Int]) {
        let timesADay = resolved.times.count
        let count = calendar.days.count * timesADay
        let chosen = positions.map { $0 > 0 ? $0 - 1 : count + $0 }.filter { (0..<count).contains($0) }
        for index in Set(chosen).sorted() { append(index / timesADay, resolved.times[index % timesADay]) }
    }

    private mutating func append(_ index: Int, _ second: Int) {
        let day = calendar.days[index]
        let local = LocalDateTime(day: day.day, secondOfDay: second, microsecond: resolved.anchor.microsecond)
        times.append(RuleTime(local: local, intendedDay: day.intendedDay))
    }

    /// How many whole intervals lie between the anchor's period and that of `date`.
    private static func periods(from anchor: CivilDate, to date: CivilDate, rule: RecurrenceRule) -> Int {
        let distance =
            switch rule.frequency {
            case .daily: date.daysSince1970 - anchor.daysSince1970
            case .weekly: (weekStart(of: date, rule.weekStart) - weekStart(of: anchor, rule.weekStart)) / 7
            case .monthly: (date.year - anchor.year) * 12 + date.month - anchor.month
            case .yearly: date.year - anchor.year
            }
        return distance / rule.interval
    }

    /// The day on which the week of `date` begins.
    private static func weekStart(of date: CivilDate, _ first: Weekday) -> Int {
        date.daysSince1970 - (date.weekday.rawValue - first.rawValue + 7) % 7
    }

    /// 9999-12-31, the last day RFC 3339 and RFC 5545 can write.
    private static let lastDay = CivilDate.daysSince1970(year: 9_999, month: 12, day: 31)
}
