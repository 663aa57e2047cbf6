/// The local times of a rule, in order: period by period, as RFC 5545 §3.3.10 has it.
///
/// Python-dateutil is the model where the RFC leaves a choice: the anchor is an occurrence only if it matches the rule,
/// and the days of a numbered week count in the calendar year they lie in. The RFC is followed where dateutil differs:
/// `BYDAY=MO,2TU` is every Monday and the second Tuesday, BYSETPOS counts from the beginning of the anchor's week, and
/// negative week numbers count in the week's own year.
struct RuleExpansion: Sendable {
    /// A rule that yields nothing for so many years is taken to have ended. A leap day on a given weekday comes back
    /// within 40 years.
    static let horizonYears = 100

    private let resolved: ResolvedRule
    private let anchorDate: CivilDate
    /// How many intervals after the anchor's the period in hand is.
    private var period: Int
    private var calendar: PeriodDays
    /// The times of the period in hand are numbered day by day: with BYSETPOS these are left, else all `timesInPeriod`.
    private var chosen: [Int]?
    private var timesInPeriod = 0
    private var position = 0
    private var lastYielded: LocalDateTime
    private var lastDay: Int
    /// No period that begins after this day is looked at.
    private let throughDay: Int

    /// Begins with the first time that isn't before `start`, nor before the anchor.
    ///
    /// - Parameter throughDay: the day, counted from 1970-01-01, after which nothing is wanted.
    init(_ resolved: ResolvedRule, from start: LocalDateTime, throughDay: Int = .max) {
        self.resolved = resolved
        anchorDate = resolved.anchor.date
        let first = max(start, resolved.anchor)
        lastYielded = LocalDateTime(microseconds: first.microseconds - 1)
        lastDay = first.day
        calendar = PeriodDays(resolved)
        self.throughDay = min(throughDay, RuleExpansion.lastDay, resolved.lastLocal?.day ?? .max)
        let skipped = RuleExpansion.periods(from: anchorDate, to: first.date, rule: resolved.rule)
        period = max(0, resolved.monthEnd == .forward ? skipped - 1 : skipped)
    }

    /// How many days have been looked at.
    var examined: Int { calendar.examined }

    /// The next local time, or nil when the rule has ended or yields nothing within the horizon.
    mutating func next() -> RuleTime? {
        while true {
            while position < (chosen?.count ?? timesInPeriod) {
                let number = chosen?[position] ?? position
                position += 1
                let times = resolved.times
                let day = calendar.days[number / times.count]
                let local = LocalDateTime(
                    day: day.day, secondOfDay: times[number % times.count], microsecond: resolved.anchor.microsecond)
                guard local > lastYielded else { continue }
                if let last = resolved.lastLocal, local > last { return nil }
                lastYielded = local
                lastDay = day.day
                return RuleTime(local: local, intendedDay: day.intendedDay)
            }
            guard fill() else { return nil }
        }
    }

    /// Expands the next period.
    private mutating func fill() -> Bool {
        position = 0
        timesInPeriod = 0
        chosen = nil
        let rule = resolved.rule
        let step = period * rule.interval
        period += 1
        let firstDay =
            switch rule.frequency {
            case .daily: anchorDate.daysSince1970 + step
            case .weekly: RuleExpansion.weekStart(of: anchorDate, rule.weekStart) + 7 * step
            case .monthly: RuleExpansion.firstDay(ofMonth: anchorDate.year * 12 + anchorDate.month - 1 + step)
            case .yearly: CivilDate.daysSince1970(year: anchorDate.year + step, month: 1, day: 1)
            }
        guard firstDay <= throughDay, firstDay - lastDay <= RuleExpansion.horizonYears * 366 else { return false }
        switch rule.frequency {
        case .daily: calendar.takeDay(firstDay)
        case .weekly: calendar.takeWeek(from: firstDay)
        case .monthly:
            let month = anchorDate.year * 12 + anchorDate.month - 1 + step
            calendar.takeMonth(year: month / 12, month: month % 12 + 1)
        case .yearly: calendar.takeYear(anchorDate.year + step)
        }
        timesInPeriod = calendar.days.count * resolved.times.count
        if !rule.setPositions.isEmpty { chosen = choose(rule.setPositions) }
        return true
    }

    /// BYSETPOS: the nth of all the times of the period, from the front or from the end.
    private func choose(_ positions: [Int]) -> [Int] {
        let count = timesInPeriod
        let chosen = positions.map { $0 > 0 ? $0 - 1 : count + $0 }.filter { (0..<count).contains($0) }.sorted()
        return chosen.indices.filter { $0 == 0 || chosen[$0] != chosen[$0 - 1] }.map { chosen[$0] }
    }

    /// The first day of a month that is counted from January of the year 0.
    private static func firstDay(ofMonth month: Int) -> Int {
        CivilDate.daysSince1970(year: month / 12, month: month % 12 + 1, day: 1)
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
