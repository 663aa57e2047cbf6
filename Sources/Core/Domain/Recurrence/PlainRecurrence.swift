/// The local times of `once`, `daily`, `weekly` and `monthly`, each computed from the anchor, so that nothing drifts.
enum PlainRecurrence: Sendable {
    case once
    case everyDays(Int)
    case everyMonth

    /// The `index`th time, 0 being the anchor; nil where a short month has none or the recurrence has ended.
    func time(_ index: Int, anchor: LocalDateTime, monthEnd: MonthEnd) -> RuleTime? {
        switch self {
        case .once:
            return index == 0 ? RuleTime(local: anchor) : nil
        case .everyDays(let step):
            return RuleTime(local: anchor.adding(seconds: index * step * 86_400))
        case .everyMonth:
            let date = anchor.date
            let month = date.year * 12 + date.month - 1 + index
            let year = month / 12
            let monthOfYear = month % 12 + 1
            let length = CivilDate.daysInMonth(year: year, month: monthOfYear)
            let first = CivilDate.daysSince1970(year: year, month: monthOfYear, day: 1)
            let day: Int
            if date.day <= length {
                day = first + date.day - 1
            } else {
                switch monthEnd {
                case .omit: return nil
                case .backward: day = first + length - 1
                case .forward: day = first + length
                }
            }
            let local = anchor.adding(seconds: (day - date.daysSince1970) * 86_400)
            return RuleTime(local: local, intendedDay: date.day <= length ? nil : date.day)
        }
    }

    /// An index whose time isn't after `local`, and close to the last such one; 0 before the anchor.
    func index(notAfter local: LocalDateTime, anchor: LocalDateTime) -> Int {
        guard local > anchor else { return 0 }
        switch self {
        case .once:
            return 0
        case .everyDays(let step):
            return Int((local.microseconds - anchor.microseconds) / (Int64(step) * 86_400_000_000))
        case .everyMonth:
            let from = anchor.date
            let to = local.date
            // The time of the month before may have moved into this one.
            return max(0, (to.year - from.year) * 12 + to.month - from.month - 1)
        }
    }
}
