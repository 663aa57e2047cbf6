/// The days of one day, week, month or year that pass the BY parts of a rule.
struct PeriodDays: Sendable {
    /// A day, and the day of the month the rule asked for where a short month made it another.
    struct Day {
        var day: Int
        var intendedDay: Int?
    }

    private let filter: DayFilter
    private let weekdays: WeekdaySet
    private let weekStart: Weekday
    private let monthEnd: MonthEnd
    /// The week that was looked at last: its number takes longer to find than all the rest.
    private var week: (firstDay: Int, passes: Bool)?
    /// What was taken last, in order.
    private(set) var days: [Day] = []
    /// How many days have been looked at: what the work of a rule is measured by.
    private(set) var examined = 0

    init(_ resolved: ResolvedRule) {
        filter = resolved.filter
        weekdays = resolved.rule.weekdays
        weekStart = resolved.rule.weekStart
        monthEnd = resolved.monthEnd
    }

    mutating func takeDay(_ day: Int) {
        days.removeAll(keepingCapacity: true)
        takeIfMatching(day)
    }

    mutating func takeWeek(from firstDay: Int) {
        days.removeAll(keepingCapacity: true)
        for day in firstDay..<firstDay + 7 where weekdays.contains(Weekday(daysSince1970: day)) {
            takeIfMatching(day)
        }
        if weekdays.isEmpty { examined += 1 }
    }

    mutating func takeMonth(year: Int, month: Int) {
        days.removeAll(keepingCapacity: true)
        let first = CivilDate.daysSince1970(year: year, month: month, day: 1)
        let yearStart = month == 1 ? first : CivilDate.daysSince1970(year: year, month: 1, day: 1)
        addMonth(year: year, month: month, first: first, yearStart: yearStart)
    }

    mutating func takeYear(_ year: Int) {
        days.removeAll(keepingCapacity: true)
        let yearStart = CivilDate.daysSince1970(year: year, month: 1, day: 1)
        var first = yearStart
        for month in 1...12 {
            addMonth(year: year, month: month, first: first, yearStart: yearStart)
            first += CivilDate.daysInMonth(year: year, month: month)
        }
        if filter.asksForDay366, !CivilDate.isLeap(year: year), monthEnd != .omit {
            let last = CivilDate(uncheckedYear: year, month: 12, day: 31)
            addMoved(monthEnd == .backward ? last : last.adding(days: 1), intendedDay: 31)
        }
    }

    private mutating func takeIfMatching(_ day: Int) {
        examined += 1
        let date = CivilDate(daysSince1970: day)
        let length = CivilDate.daysInMonth(year: date.year, month: date.month)
        if filter.hasMonth(date.month), filter.days(ofMonthWith: length) & 1 << UInt32(date.day) != 0,
            filter.hasWeekday(date.weekday, of: date, dayOfYear: date.dayOfYear)
        {
            days.append(Day(day: day))
        }
    }

    private mutating func addMonth(year: Int, month: Int, first: Int, yearStart: Int) {
        guard filter.hasMonth(month) else {
            examined += 1
            return
        }
        let length = CivilDate.daysInMonth(year: year, month: month)
        var left = filter.days(ofMonthWith: length)
        if left == 0 { examined += 1 }
        while left != 0 {
            let dayOfMonth = left.trailingZeroBitCount
            left &= left - 1
            examined += 1
            let day = first + dayOfMonth - 1
            guard day > days.last?.day ?? .min else { continue }
            let date = CivilDate(uncheckedYear: year, month: month, day: dayOfMonth)
            let dayOfYear = day - yearStart + 1
            if filter.hasWeekday(Weekday(daysSince1970: day), of: date, dayOfYear: dayOfYear),
                !filter.hasYearDays || filter.hasYearDay(dayOfYear, yearLength: CivilDate.daysInYear(year)),
                !filter.hasWeekNumbers || weekPasses(day)
            {
                days.append(Day(day: day))
            }
        }
        guard length < 31, monthEnd != .omit, !filter.hasYearDays else { return }
        var missing = filter.missingDays(inMonthWith: length)
        let last = CivilDate(uncheckedYear: year, month: month, day: length)
        while missing != 0 {
            let intended = missing.trailingZeroBitCount
            missing &= missing - 1
            addMoved(monthEnd == .backward ? last : last.adding(days: 1), intendedDay: intended)
        }
    }

    /// SKIP comes before BYDAY, which then filters the day it led to (RFC 7529 §4.1).
    private mutating func addMoved(_ date: CivilDate, intendedDay: Int) {
        examined += 1
        let day = date.daysSince1970
        guard day > days.last?.day ?? .min, filter.hasWeekday(date.weekday, of: date, dayOfYear: date.dayOfYear),
            !filter.hasWeekNumbers || weekPasses(day)
        else { return }
        days.append(Day(day: day, intendedDay: intendedDay))
    }

    private mutating func weekPasses(_ day: Int) -> Bool {
        if let week, (week.firstDay..<week.firstDay + 7).contains(day) { return week.passes }
        let date = CivilDate(daysSince1970: day)
        let passes = filter.hasWeek(of: date)
        week = (day - (date.weekday.rawValue - weekStart.rawValue + 7) % 7, passes)
        return passes
    }
}

/// The number of a week in its year: the first week is the one with at least four days in the year (RFC 5545 §3.3.10,
/// BYWEEKNO; ISO 8601 for weeks that begin on Monday). The year of a week needn't be the year of each of its days.
struct WeekNumber {
    let number: Int
    let weeksInYear: Int

    init(_ date: CivilDate, weekStart: Weekday) {
        let fourthDay = WeekNumber.fourthDay(ofWeekWith: date, weekStart)
        number = WeekNumber.number(ofWeekWithFourthDay: fourthDay)
        // The 28th of December is always in the last week: that week's fourth day is the 25th to the 31st.
        let inLastWeek = CivilDate(uncheckedYear: fourthDay.year, month: 12, day: 28)
        weeksInYear = WeekNumber.number(ofWeekWithFourthDay: WeekNumber.fourthDay(ofWeekWith: inLastWeek, weekStart))
    }

    private static func fourthDay(ofWeekWith date: CivilDate, _ weekStart: Weekday) -> CivilDate {
        date.adding(days: 3 - (date.weekday.rawValue - weekStart.rawValue + 7) % 7)
    }

    private static func number(ofWeekWithFourthDay date: CivilDate) -> Int {
        (date.daysSince1970 - CivilDate.daysSince1970(year: date.year, month: 1, day: 1)) / 7 + 1
    }
}
