import RemindersDomain

/// The words of a language for how often something comes.
///
/// Clauses begin with their blank or comma, so that they follow each other.
struct RecurrenceLanguage: Sendable {
    typealias Name = @Sendable (Int) -> String

    let calendar: CalendarWords
    let once: String
    let everyWorkday: String
    let and: String
    let or: String
    /// Between the first and the last of a row: `1st to 7th`.
    let to: String
    /// Every so many days, weeks, months or years.
    let every: @Sendable (RecurrenceRule.Frequency, Int) -> String
    /// A number as a word, from the front or (negative) from the end, as it stands after an article.
    let ordinal: Name
    /// A day of the month, of the year, a week of the year, one of several times: with their articles.
    let monthDay: Name
    let yearDay: Name
    let week: Name
    let position: Name
    let on: @Sendable (String) -> String
    let onWeekdays: @Sendable (String) -> String
    let everyWeekday: @Sendable (String) -> String
    let everyDay: String
    let ofTheYear: String
    let ofEachMonth: String
    let inWeeks: @Sendable (String) -> String
    let inMonths: @Sendable (String) -> String
    /// The nth such weekday, after `on` and after "if it is".
    let numberedWeekday: @Sendable (_ ordinal: String, _ weekday: String) -> String
    let isNumberedWeekday: @Sendable (_ ordinal: String, _ weekday: String) -> String
    let isWeekdayNamed: @Sendable (String) -> String
    let isMonthDay: Name
    let condition: @Sendable (String) -> String
    let only: @Sendable (String) -> String
    let atTimes: @Sendable (String) -> String
    let atManyTimes: @Sendable (_ count: Int, _ first: String, _ last: String) -> String
    let onDayOfMonth: @Sendable (_ day: Int, _ month: String) -> String
    let date: @Sendable (_ day: Int, _ month: String, _ year: Int) -> String
    let untilDate: @Sendable (_ date: String, _ clock: String?) -> String
    let times: @Sendable (Int) -> String
    let except: @Sendable (Int) -> String
    let weeksBeginOn: @Sendable (String) -> String
    let shortMonths: @Sendable (MonthEnd) -> String
    let leapDay: @Sendable (MonthEnd) -> String
}

extension RecurrenceLanguage {
    func name(_ weekday: Weekday) -> String { "\(calendar.weekdays[weekday.rawValue - 1])" }

    func name(ofMonth month: Int) -> String { "\(calendar.months[month - 1])" }

    /// `Monday`, `Monday and Friday`, `Monday, Tuesday and Friday`
    func list(_ items: [String]) -> String { joined(items, and) }

    /// The same with "or".
    func either(_ items: [String]) -> String { joined(items, or) }

    /// Clauses that begin with a blank: ` on every Monday and on the second Tuesday`.
    func listOfPhrases(_ phrases: [String]) -> String {
        guard phrases.count > 1, let last = phrases.last else { return phrases.joined() }
        return phrases.dropLast().joined(separator: ",") + " " + and + last
    }

    func weekdays(_ set: WeekdaySet) -> [String] { set.days.map(name) }

    func months(_ numbers: [Int]) -> [String] { rows(numbers, name(ofMonth:)) }

    /// Numbers in words, three and more in a row by their first and last.
    func ordinals(_ numbers: [Int], _ name: Name) -> String {
        list(rows(numbers.filter { $0 > 0 }, name) + numbers.filter { $0 < 0 }.sorted().map(name))
    }

    func numbered(_ number: Int, _ weekday: Weekday) -> String { numberedWeekday(ordinal(number), name(weekday)) }

    func isNumbered(_ number: Int, _ weekday: Weekday) -> String { isNumberedWeekday(ordinal(number), name(weekday)) }

    func isWeekday(_ weekday: Weekday) -> String { isWeekdayNamed(name(weekday)) }

    func onDate(_ day: Int, _ month: Int) -> String { onDayOfMonth(day, name(ofMonth: month)) }

    func at(_ clocks: [String]) -> String {
        guard clocks.count > 6, let first = clocks.first, let last = clocks.last else { return atTimes(list(clocks)) }
        return atManyTimes(clocks.count, first, last)
    }

    func until(_ date: CivilDate, _ clock: String?) -> String {
        untilDate(self.date(date.day, name(ofMonth: date.month), date.year), clock)
    }

    func weeksBegin(_ weekday: Weekday) -> String { weeksBeginOn(name(weekday)) }

    /// `09:00`, with seconds only where there are some.
    func clock(second: Int) -> String {
        var text = DecimalText(capacity: 8)
        let separator = calendar.betweenHourAndMinute
        text.append(second / 3_600, digits: 2)
        text.append(separator)
        text.append(second / 60 % 60, digits: 2)
        if second % 60 != 0 {
            text.append(separator)
            text.append(second % 60, digits: 2)
        }
        return text.string
    }

    private func joined(_ items: [String], _ conjunction: String) -> String {
        guard items.count > 1, let last = items.last else { return items.joined() }
        return items.dropLast().joined(separator: ", ") + " \(conjunction) " + last
    }

    private func rows(_ numbers: [Int], _ name: (Int) -> String) -> [String] {
        var result: [String] = []
        var row: [Int] = []
        func end() {
            if row.count > 2, let first = row.first, let last = row.last {
                // German says "am" once: am 1. bis 3.
                let end = name(last)
                result.append("\(name(first)) \(to) \(end.hasPrefix("am ") ? String(end.dropFirst(3)) : end)")
            } else {
                result += row.map(name)
            }
            row = []
        }
        for number in numbers.sorted() {
            if let last = row.last, number != last + 1 { end() }
            row.append(number)
        }
        end()
        return result
    }
}
