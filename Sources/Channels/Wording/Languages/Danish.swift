extension ReminderWords {
    static let danish = ReminderWords(
        headings: [
            .timeBased: "Påmindelse", .statusChange: "Status ændret", .deadlineApproaching: "Fristen nærmer sig",
        ],
        urgent: "Haster", important: "Vigtigt", status: "Status", due: "Tidspunkt", priority: "Prioritet", open: "Åbn",
        creator: "Oprettet af",
        footer: "Du får denne mail, fordi der er oprettet en påmindelse til dig.",
        digest: (
            "påmindelser", "Disse påmindelser har ventet på dig og kommer samlet.",
            "Du får denne mail, fordi der er oprettet påmindelser til dig."
        ),
        entities: ("Sag", "Opgave", "Fejl", "Projekt"),
        priorities: [.low: "Lav", .normal: "Normal", .high: "Høj", .urgent: "Haster"],
        calendar: CalendarWords(
            weekdays: ["mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag"],
            months: [
                "januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september", "oktober",
                "november", "december",
            ],
            afterWeekday: " den ", afterDay: ". ", beforeTime: " kl. ", betweenHourAndMinute: ".", afterTime: ""))
}

/// How often something comes.
extension RecurrenceLanguage {
    static let danish = RecurrenceLanguage(
        calendar: ReminderWords.danish.calendar, once: "Én gang",
        everyWorkday: "Hver uge fra mandag til fredag", and: "og", or: "eller", to: "til",
        every: { frequency, count in
            let number = count == 1 ? "" : "\(count). "
            return switch frequency {
            case .daily: "Hver \(number)dag"
            case .weekly: "Hver \(number)uge"
            case .monthly: "Hver \(number)måned"
            case .yearly: "Hvert \(number)år"
            }
        },
        ordinal: danishOrdinal,
        monthDay: { $0 > 0 ? "den \($0)." : "den \(danishOrdinal($0)) dag" },
        yearDay: { $0 > 0 ? "dag \($0)" : "den \(danishOrdinal($0)) dag" },
        week: { $0 > 0 ? "uge \($0)" : "den \(danishOrdinal($0)) uge" },
        position: { "den \(danishOrdinal($0))" },
        on: { " \($0)" }, onWeekdays: { " \($0)" }, everyWeekday: { " hver \($0)" },
        everyDay: " hver dag", ofTheYear: " i året", ofEachMonth: " i hver måned",
        inWeeks: { " i \($0)" }, inMonths: { " i \($0)" },
        numberedWeekday: { "den \($0) \($1)" }, isNumberedWeekday: { "den \($0) \($1)" },
        isWeekdayNamed: { "en \($0)" },
        isMonthDay: { $0 > 0 ? "den \($0)." : "den \(danishOrdinal($0)) dag i måneden" },
        condition: { ", hvis det er \($0)" }, only: { ", heraf kun \($0)" },
        atTimes: { " kl. \($0)" }, atManyTimes: { " på \($0) tidspunkter af dagen fra kl. \($1) til \($2)" },
        onDayOfMonth: { " den \($0). \($1)" }, date: { "\($0). \($1) \($2)" },
        untilDate: { ", til og med \($0)\($1.map { " kl. \($0)" } ?? "")" },
        times: { $0 == 1 ? ", én gang" : ", \($0) gange" }, except: { ", undtagen \($0) dato\($0 == 1 ? "" : "er")" },
        weeksBeginOn: { ", med uger der begynder \($0)" },
        shortMonths: {
            switch $0 {
            case .omit: ", uden erstatning i kortere måneder"
            case .backward: ", i kortere måneder den sidste dag"
            case .forward: ", i kortere måneder den første i den næste"
            }
        },
        leapDay: {
            switch $0 {
            case .omit: ", kun i skudår"
            case .backward: ", i andre år den 28. februar"
            case .forward: ", i andre år den 1. marts"
            }
        })
}

/// `første`, `20.`, `sidste`, `tredjesidste`
private func danishOrdinal(_ number: Int) -> String {
    let words = ["første", "anden", "tredje", "fjerde", "femte"]
    switch number {
    case -1: return "sidste"
    case -2: return "næstsidste"
    default: break
    }
    let size = abs(number)
    let word = size <= words.count ? words[size - 1] : "\(size)."
    if number > 0 { return word }
    return size <= words.count ? "\(word)sidste" : "\(word)-sidste"
}
