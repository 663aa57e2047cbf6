/// The days of one day, week, month or year that pass the BY parts of a rule.
struct PeriodDays {
    /// A day, and the day of the month the rule asked for where a short month made it another.
    struct Day {
        var day: Int
        var intendedDay: Int?
    }

    private let rule: RecurrenceRule
    private let monthEnd: MonthEnd
    /// What was taken last, in order.
    private(set) var days: [Day] = []

    init(rule: RecurrenceRule, monthEnd: MonthEnd) {
        self.rule = rule
        self.monthEnd = monthEnd
    }

    mutating func takeDay(_ day: Int) {
        days.removeAll(keepingCapacity: true)
        takeIfMatching(day)
    }

    mutating func takeWeek(from firstDay: Int) {
        days.removeAll(keepingCapacity: true)
        for day in firstDay..<firstDay + 7 where rule.weekdays.contains(Weekday(daysSince1970: day)) {
            takeIfMatching(day)
        }
    }

    mutating func takeMonth(year: Int, month: Int) {
        days.removeAll(keepingCapacity: true)
        addMonth(year: year, month: month)
    }

    mutating func takeYear(_ year: Int) {
        days.removeAll(keepingCapacity: true)
        for month in 1...12 { addMonth(year: year, month: month) }
        if rule.yearDays.contains(366), !CivilDate.isLeap(year: year), monthEnd != .omit {
            let last = CivilDate(uncheckedYear: year, month: 12, day: 31)
            addMoved(monthEnd == .backward ? last : last.adding(days: 1), intendedDay: 31)
        }
    }

    private mutating func takeIfMatching(_ day: Int) {
        let date = CivilDate(daysSince1970: day)
        let length = CivilDate.daysInMonth(year: date.year, month: date.month)
        if rule.months == 0 || rule.months & 1 << UInt16(date.month) != 0, matchesMonthDay(date.day, of: length),
            matchesWeekday(date, monthLength: length)
        {
            days.append(Day(day: day))
        }
    }

    private mutating func addMonth(year: Int, month: Int) {
        guard rule.months == 0 || rule.months & 1 << UInt16(month) != 0 else { return }
        let length = CivilDate.daysInMonth(year: year, month: month)
        let first = CivilDate.daysSince1970(year: year, month: month, day: 1)
        for dayOfMonth in 1...length where matchesMonthDay(dayOfMonth, of: length) {
            let date = CivilDate(uncheckedYear: year, month: month, day: dayOfMonth)
            let day = first + dayOfMonth - 1
            guard day > days.last?.day ?? .min, matchesWeekday(date, monthLength: length) else { continue }
            if rule.yearDays.isEmpty || matchesYearDay(date), rule.weekNumbers.isEmpty || matchesWeekNumber(date) {
                days.append(Day(day: day))
            }
        }
        guard length < 31, monthEnd != .omit, rule.monthDays >> UInt32(length + 1) != 0, rule.yearDays.isEmpty else {
            return
        }
        let last = CivilDate(uncheckedYear: year, month: month, day: length)
        for intended in length + 1...31 where rule.monthDays & 1 << UInt32(intended) != 0 {
            addMoved(monthEnd == .backward ? last : last.adding(days: 1), intendedDay: intended)
        }
    }

    /// SKIP comes before BYDAY, which then filters the day it led to (RFC 7529 §4.1).
    private mutating func addMoved(_ date: CivilDate, intendedDay: Int) {
        let day = date.daysSince1970
        let length = CivilDate.daysInMonth(year: date.year, month: date.month)
        guard day > days.last?.day ?? .min, matchesWeekday(date, monthLength: length),
            rule.weekNumbers.isEmpty || matchesWeekNumber(date)
        else { return }
        days.append(Day(day: day, intendedDay: intendedDay))
    }

    private func matchesMonthDay(_ day: Int, of length: Int) -> Bool {
        if rule.monthDays == 0, rule.monthDaysFromEnd == 0 { return true }
        return rule.monthDays & 1 << UInt32(day) != 0 || rule.monthDaysFromEnd & 1 << UInt32(length - day + 1) != 0
    }

    private func matchesWeekday(_ date: CivilDate, monthLength: Int) -> Bool {
        if rule.weekdays.isEmpty, rule.numberedWeekdays.isEmpty { return true }
        let weekday = date.weekday
        if rule.weekdays.contains(weekday) { return true }
        if rule.numberedWeekdays.isEmpty { return false }
        let countsInMonth = rule.frequency == .monthly || rule.months != 0
        let position = countsInMonth ? date.day : dayOfYear(date)
        let length = countsInMonth ? monthLength : CivilDate.isLeap(year: date.year) ? 366 : 365
        let fromFront = (position - 1) / 7 + 1
        let fromEnd = -((length - position) / 7 + 1)
        return rule.numberedWeekdays.contains {
            $0.weekday == weekday && ($0.number == fromFront || $0.number == fromEnd)
        }
    }

    private func matchesYearDay(_ date: CivilDate) -> Bool {
        let position = dayOfYear(date)
        let length = CivilDate.isLeap(year: date.year) ? 366 : 365
        return rule.yearDays.contains { $0 == position || $0 == position - length - 1 }
    }

    private func matchesWeekNumber(_ date: CivilDate) -> Bool {
        let week = WeekNumber(date, weekStart: rule.weekStart)
        return rule.weekNumbers.contains { $0 == week.number || $0 == week.number - week.weeksInYear - 1 }
    }

    private func dayOfYear(_ date: CivilDate) -> Int {
        date.daysSince1970 - CivilDate.daysSince1970(year: date.year, month: 1, day: 1) + 1
    }
}
