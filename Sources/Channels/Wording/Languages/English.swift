extension ReminderWords {
    static let english = ReminderWords(
        headings: [
            .timeBased: "Reminder", .statusChange: "Status changed", .deadlineApproaching: "Deadline approaching",
        ],
        urgent: "Urgent", important: "Important", status: "Status", due: "Time", priority: "Priority", open: "Open",
        creator: "Created by",
        footer: "You get this mail because a reminder was set up for you.",
        digest: (
            "reminders", "These reminders waited for you and come together.",
            "You get this mail because reminders were set up for you."
        ),
        entities: ("Case", "Task", "Bug", "Project"),
        priorities: [.low: "Low", .normal: "Normal", .high: "High", .urgent: "Urgent"],
        calendar: CalendarWords(
            weekdays: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
            months: [
                "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
                "November", "December",
            ],
            afterWeekday: " ", afterDay: " ", beforeTime: ", ", betweenHourAndMinute: ":", afterTime: ""))
}

/// How often something comes.
extension RecurrenceLanguage {
    static let english = RecurrenceLanguage(
        calendar: ReminderWords.english.calendar, once: "Once", everyWorkday: "Every workday", and: "and",
        or: "or", to: "to",
        every: { frequency, count in
            let unit =
                switch frequency {
                case .daily: "day"
                case .weekly: "week"
                case .monthly: "month"
                case .yearly: "year"
                }
            return count == 1 ? "Every \(unit)" : "Every \(count) \(unit)s"
        },
        ordinal: englishOrdinal,
        monthDay: { $0 > 0 ? "the \(englishNumeral($0))" : "the \(englishOrdinal($0)) day" },
        yearDay: { $0 > 0 ? "day \($0)" : "the \(englishOrdinal($0)) day" },
        week: { $0 > 0 ? "week \($0)" : "the \(englishOrdinal($0)) week" },
        position: { "the \(englishOrdinal($0))" },
        on: { " on \($0)" }, onWeekdays: { " on \($0)" }, everyWeekday: { " on every \($0)" },
        everyDay: " on every day", ofTheYear: " of the year", ofEachMonth: " of each month",
        inWeeks: { " in \($0)" }, inMonths: { " in \($0)" },
        numberedWeekday: { "the \($0) \($1)" }, isNumberedWeekday: { "the \($0) \($1)" },
        isWeekdayNamed: { "a \($0)" },
        isMonthDay: { $0 > 0 ? "the \(englishNumeral($0))" : "the \(englishOrdinal($0)) day of the month" },
        condition: { ", if it is \($0)" }, only: { ", of these only \($0)" },
        atTimes: { " at \($0)" }, atManyTimes: { " at \($0) times of the day from \($1) to \($2)" },
        onDayOfMonth: { " on \($0) \($1)" }, date: { "\($0) \($1) \($2)" },
        untilDate: { ", until \($0)\($1.map { " at \($0)" } ?? "")" },
        times: { $0 == 1 ? ", once" : ", \($0) times" }, except: { ", except for \($0) date\($0 == 1 ? "" : "s")" },
        weeksBeginOn: { ", with weeks that begin on \($0)" },
        shortMonths: {
            switch $0 {
            case .omit: ", without a replacement in shorter months"
            case .backward: ", in shorter months on the last day"
            case .forward: ", in shorter months on the first of the next"
            }
        },
        leapDay: {
            switch $0 {
            case .omit: ", in leap years only"
            case .backward: ", in other years on 28 February"
            case .forward: ", in other years on 1 March"
            }
        })
}

/// `1st`, `22nd`, `13th`
private func englishNumeral(_ number: Int) -> String {
    let isTeen = (11...13).contains(number % 100)
    let ending =
        switch number % 10 {
        case 1 where !isTeen: "st"
        case 2 where !isTeen: "nd"
        case 3 where !isTeen: "rd"
        default: "th"
        }
    return "\(number)\(ending)"
}

/// `first`, `20th`, `last`, `third-to-last`
private func englishOrdinal(_ number: Int) -> String {
    let words = ["first", "second", "third", "fourth", "fifth"]
    if number == -1 { return "last" }
    let size = abs(number)
    let word = size <= words.count ? words[size - 1] : englishNumeral(size)
    return number > 0 ? word : "\(word)-to-last"
}
