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
