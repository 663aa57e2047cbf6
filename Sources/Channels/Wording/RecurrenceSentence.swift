import RemindersDomain

/// How often a reminder comes, in words: `Every 2 weeks on Monday and Friday at 09:00, 10 times`.
///
/// Every part of a rule of RFC 5545 has its words.
package struct RecurrenceSentence {
    /// The sentence, without a full stop.
    package let text: String

    /// The words for a schedule in a language.
    package init(_ schedule: RecurrenceSchedule, _ locale: ReminderLocale) {
        let language = locale.recurrence
        guard var parts = schedule.parts else {
            text = language.once
            return
        }
        parts.simplify()
        text = SentenceBuilder(parts: parts, language: language).sentence()
    }

    /// The words in every language there is, in the order of `ReminderLocale`.
    package static func all(_ schedule: RecurrenceSchedule) -> [(locale: ReminderLocale, text: String)] {
        ReminderLocale.allCases.map { ($0, RecurrenceSentence(schedule, $0).text) }
    }
}

extension RecurrenceParts {
    /// A daily rule that only takes some days is said as what people call it: every week on Monday, every month on the
    /// first.
    fileprivate mutating func simplify() {
        guard rule.frequency == .daily, rule.interval == 1, rule.setPositions.isEmpty else { return }
        if !rule.monthDayNumbers.isEmpty {
            rule.frequency = .monthly
        } else if !rule.weekdays.isEmpty {
            rule.frequency = .weekly
        }
    }
}

/// Puts the parts of a rule together: what it counts in, on which days of that, when, and what limits it.
private struct SentenceBuilder {
    let parts: RecurrenceParts
    let language: RecurrenceLanguage
    private var rule: RecurrenceRule { parts.rule }

    init(parts: RecurrenceParts, language: RecurrenceLanguage) {
        self.parts = parts
        self.language = language
    }

    func sentence() -> String {
        var text = isEveryWorkday ? language.everyWorkday : language.every(rule.frequency, rule.interval)
        var conditions: [String] = []
        var months = rule.monthNumbers
        if let date = singleDate {
            text += language.onDate(date.day, date.month)
            months = []
            if let weekdays = weekdayCondition { conditions.append(weekdays) }
        } else if !isEveryWorkday {
            text += days(&conditions)
        }
        if !rule.weekNumbers.isEmpty { text += language.inWeeks(language.ordinals(rule.weekNumbers, language.week)) }
        if !months.isEmpty { text += language.inMonths(language.list(language.months(months))) }
        text += language.at(times)
        for condition in conditions { text += language.condition(condition) }
        if !rule.setPositions.isEmpty {
            text += language.only(language.ordinals(rule.setPositions, language.position))
        }
        text += shortMonths + end
        if weekStartMatters { text += language.weeksBegin(rule.weekStart) }
        if parts.exclusions > 0 { text += language.except(parts.exclusions) }
        return text
    }

    private var isEveryWorkday: Bool {
        rule.frequency == .weekly && rule.interval == 1 && rule.weekdays.days.map(\.rawValue) == [1, 2, 3, 4, 5]
    }

    /// The day of a yearly rule that has one: 10 February.
    private var singleDate: (day: Int, month: Int)? {
        let days = rule.monthDayNumbers
        let months = rule.monthNumbers
        guard rule.frequency == .yearly, days.count == 1, months.count == 1, days[0] > 0, rule.yearDays.isEmpty else {
            return nil
        }
        return (days[0], months[0])
    }

    /// On which days of its week, month or year; what else limits them joins the conditions.
    private func days(_ conditions: inout [String]) -> String {
        if rule.frequency == .daily {
            if let monthDays = monthDayCondition { conditions.append(monthDays) }
            if let weekdays = weekdayCondition { conditions.append(weekdays) }
            return ""
        }
        if !rule.yearDays.isEmpty {
            if let monthDays = monthDayCondition { conditions.append(monthDays) }
            if let weekdays = weekdayCondition { conditions.append(weekdays) }
            return language.on(language.ordinals(rule.yearDays, language.yearDay)) + language.ofTheYear
        }
        if !rule.monthDayNumbers.isEmpty {
            if let weekdays = weekdayCondition { conditions.append(weekdays) }
            let each = rule.frequency == .yearly && rule.monthNumbers.isEmpty ? language.ofEachMonth : ""
            return language.on(language.ordinals(rule.monthDayNumbers, language.monthDay)) + each
        }
        if rule.weekdays.isEmpty, rule.numberedWeekdays.isEmpty {
            return rule.weekNumbers.isEmpty ? "" : language.everyDay
        }
        if rule.frequency == .weekly || !rule.weekNumbers.isEmpty {
            return language.onWeekdays(language.list(language.weekdays(rule.weekdays)))
        }
        return weekdaysOfPeriod
    }

    /// Every Monday and the second Tuesday, of a month or year.
    private var weekdaysOfPeriod: String {
        var all: [String] = []
        if !rule.weekdays.isEmpty { all.append(language.everyWeekday(language.list(language.weekdays(rule.weekdays)))) }
        all += rule.numberedWeekdays.map { language.on(language.numbered($0.number, $0.weekday)) }
        let isOfYear = rule.frequency == .yearly && rule.monthNumbers.isEmpty && !rule.numberedWeekdays.isEmpty
        return language.listOfPhrases(all) + (isOfYear ? language.ofTheYear : "")
    }

    private var weekdayCondition: String? {
        let numbered = rule.numberedWeekdays.map { language.isNumbered($0.number, $0.weekday) }
        let all = rule.weekdays.days.map { language.isWeekday($0) } + numbered
        return all.isEmpty ? nil : language.either(all)
    }

    private var monthDayCondition: String? {
        let days = rule.monthDayNumbers
        return days.isEmpty ? nil : language.either(days.map { language.isMonthDay($0) })
    }

    private var times: [String] {
        parts.times.map { language.clock(second: $0) }
    }

    /// What a day does that not every month has.
    private var shortMonths: String {
        let days = rule.monthDayNumbers.filter { $0 > 28 }
        guard let last = days.max(), rule.frequency == .monthly || rule.frequency == .yearly, rule.yearDays.isEmpty
        else {
            return ""
        }
        if let singleDate, singleDate == (29, 2) { return language.leapDay(parts.monthEnd) }
        let shortest =
            (rule.monthNumbers.isEmpty ? [2] : rule.monthNumbers)
            .map { $0 == 2 ? 28 : [4, 6, 9, 11].contains($0) ? 30 : 31 }.min() ?? 28
        return last > shortest ? language.shortMonths(parts.monthEnd) : ""
    }

    private var end: String {
        switch rule.end {
        case .never: ""
        case .count(let count): language.times(count)
        case .day(let date): language.until(date, nil)
        case .local(let local): until(local)
        case .instant(let instant): until(parts.zone.local(at: instant))
        }
    }

    private func until(_ local: LocalDateTime) -> String {
        let isEndOfDay = local.hour == 23 && local.minute == 59
        return language.until(local.date, isEndOfDay ? nil : language.clock(second: local.secondOfDay))
    }

    /// Where a week begins decides which weeks count, and where they are numbered from.
    private var weekStartMatters: Bool {
        guard rule.weekStart != .monday else { return false }
        let isSplit = rule.frequency == .weekly && (rule.interval > 1 || !rule.setPositions.isEmpty)
        return isSplit || !rule.weekNumbers.isEmpty
    }
}
