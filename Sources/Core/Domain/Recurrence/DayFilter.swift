/// Which days the BY parts of a rule let through, as bits, so that each day is looked at in a few steps however long the
/// lists of the rule are.
struct DayFilter: Sendable {
    /// What a numbered weekday is counted in.
    private let countsInMonth: Bool
    private let months: UInt16
    /// For months of 28 to 31 days: bit n is day n.
    private let monthDays: [UInt32]
    /// BYMONTHDAY alone, for the days that a short month does not have.
    private let askedMonthDays: UInt32
    private let weekdays: WeekdaySet
    private let hasNumberedWeekdays: Bool
    /// By `Weekday.rawValue`: bit n is the nth such day, from the front and from the end.
    private var weekdaysFromFront = [UInt64](repeating: 0, count: 8)
    private var weekdaysFromEnd = [UInt64](repeating: 0, count: 8)
    /// Bit n is day n of the year.
    private let yearDaysFromFront: DayBits
    private let yearDaysFromEnd: DayBits
    private let weeksFromFront: UInt64
    private let weeksFromEnd: UInt64
    private let weekStart: Weekday

    let hasYearDays: Bool
    let hasWeekNumbers: Bool
    /// Whether a leap year's last day is asked for by its number.
    let asksForDay366: Bool

    init(_ rule: RecurrenceRule) {
        countsInMonth = rule.frequency == .monthly || rule.months != 0
        months = rule.months
        askedMonthDays = rule.monthDays
        weekdays = rule.weekdays
        hasNumberedWeekdays = !rule.numberedWeekdays.isEmpty
        hasYearDays = !rule.yearDays.isEmpty
        hasWeekNumbers = !rule.weekNumbers.isEmpty
        asksForDay366 = rule.yearDays.contains(366)
        weekStart = rule.weekStart
        monthDays = (28...31).map { DayFilter.days(of: rule, monthLength: $0) }
        yearDaysFromFront = DayBits(rule.yearDays.filter { $0 > 0 })
        yearDaysFromEnd = DayBits(rule.yearDays.filter { $0 < 0 }.map { -$0 })
        weeksFromFront = rule.weekNumbers.filter { $0 > 0 }.reduce(0) { $0 | 1 << UInt64($1) }
        weeksFromEnd = rule.weekNumbers.filter { $0 < 0 }.reduce(0) { $0 | 1 << UInt64(-$1) }
        for numbered in rule.numberedWeekdays {
            if numbered.number > 0 {
                weekdaysFromFront[numbered.weekday.rawValue] |= 1 << UInt64(numbered.number)
            } else {
                weekdaysFromEnd[numbered.weekday.rawValue] |= 1 << UInt64(-numbered.number)
            }
        }
    }

    private static func days(of rule: RecurrenceRule, monthLength length: Int) -> UInt32 {
        let all = UInt32.max >> UInt32(31 - length) & ~1
        if rule.monthDays == 0, rule.monthDaysFromEnd == 0 { return all }
        var days = rule.monthDays & all
        for day in 1...length where rule.monthDaysFromEnd & 1 << UInt32(length - day + 1) != 0 {
            days |= 1 << UInt32(day)
        }
        return days
    }

    func hasMonth(_ month: Int) -> Bool {
        months == 0 || months & 1 << UInt16(month) != 0
    }

    /// The days of a month of this length that BYMONTHDAY lets through: bit n is day n.
    func days(ofMonthWith length: Int) -> UInt32 { monthDays[length - 28] }

    /// The days that BYMONTHDAY asks for and a month of this length does not have.
    func missingDays(inMonthWith length: Int) -> UInt32 {
        askedMonthDays & ~(UInt32.max >> UInt32(31 - length))
    }

    /// - Parameters:
    ///   - dayOfYear: of `date`, 1...366.
    func hasWeekday(_ weekday: Weekday, of date: CivilDate, dayOfYear: Int) -> Bool {
        if !hasNumberedWeekdays { return weekdays.isEmpty || weekdays.contains(weekday) }
        if weekdays.contains(weekday) { return true }
        let position = countsInMonth ? date.day : dayOfYear
        let length =
            countsInMonth
            ? CivilDate.daysInMonth(year: date.year, month: date.month) : CivilDate.daysInYear(date.year)
        return weekdaysFromFront[weekday.rawValue] & 1 << UInt64((position - 1) / 7 + 1) != 0
            || weekdaysFromEnd[weekday.rawValue] & 1 << UInt64((length - position) / 7 + 1) != 0
    }

    func hasYearDay(_ day: Int, yearLength: Int) -> Bool {
        yearDaysFromFront.contains(day) || yearDaysFromEnd.contains(yearLength - day + 1)
    }

    func hasWeek(of date: CivilDate) -> Bool {
        let week = WeekNumber(date, weekStart: weekStart)
        return weeksFromFront & 1 << UInt64(week.number) != 0
            || weeksFromEnd & 1 << UInt64(week.weeksInYear - week.number + 1) != 0
    }
}

/// Some of the days 1...366.
private struct DayBits: Sendable {
    private var words = [UInt64](repeating: 0, count: 6)

    init(_ days: [Int]) {
        for day in days { words[day / 64] |= 1 << UInt64(day % 64) }
    }

    func contains(_ day: Int) -> Bool {
        words[day / 64] & 1 << UInt64(day % 64) != 0
    }
}
