extension ReminderWords {
    static let german = ReminderWords(
        headings: [
            .timeBased: "Erinnerung", .statusChange: "Status geändert", .deadlineApproaching: "Frist läuft bald ab",
        ],
        urgent: "Dringend", important: "Wichtig", status: "Status", due: "Zeitpunkt", priority: "Priorität",
        open: "Öffnen",
        creator: "Erstellt von", footer: "Sie erhalten diese Mail, weil eine Erinnerung für Sie eingerichtet wurde.",
        digest: (
            "Erinnerungen", "Diese Erinnerungen haben auf Sie gewartet und kommen zusammen.",
            "Sie erhalten diese Mail, weil Erinnerungen für Sie eingerichtet wurden."
        ),
        entities: ("Fall", "Aufgabe", "Fehler", "Projekt"),
        priorities: [.low: "Niedrig", .normal: "Normal", .high: "Hoch", .urgent: "Dringend"],
        calendar: CalendarWords(
            weekdays: ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"],
            months: [
                "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
                "November", "Dezember",
            ],
            afterWeekday: ", ", afterDay: ". ", beforeTime: ", ", betweenHourAndMinute: ":", afterTime: " Uhr"))
}

/// How often something comes.
extension RecurrenceLanguage {
    static let german = RecurrenceLanguage(
        calendar: ReminderWords.german.calendar, once: "Einmal",
        everyWorkday: "Jede Woche von Montag bis Freitag", and: "und", or: "oder", to: "bis",
        every: { frequency, count in
            switch frequency {
            case .daily: count == 1 ? "Jeden Tag" : "Alle \(count) Tage"
            case .weekly: count == 1 ? "Jede Woche" : "Alle \(count) Wochen"
            case .monthly: count == 1 ? "Jeden Monat" : "Alle \(count) Monate"
            case .yearly: count == 1 ? "Jedes Jahr" : "Alle \(count) Jahre"
            }
        },
        ordinal: germanOrdinal,
        monthDay: { $0 > 0 ? "am \($0)." : "am \(germanDative($0)) Tag" },
        yearDay: { $0 > 0 ? "am \($0). Tag" : "am \(germanDative($0)) Tag" },
        week: { $0 > 0 ? "Woche \($0)" : "der \(germanDative($0)) Woche" },
        position: { "der \(germanOrdinal($0))" },
        on: { " \($0)" }, onWeekdays: { " am \($0)" }, everyWeekday: { " an jedem \($0)" },
        everyDay: " an jedem Tag", ofTheYear: " des Jahres", ofEachMonth: " jedes Monats",
        inWeeks: { " in \($0)" }, inMonths: { " im \($0)" },
        numberedWeekday: { "am \(germanDative($0)) \($1)" }, isNumberedWeekday: { "der \($0) \($1)" },
        isWeekdayNamed: { "ein \($0)" },
        isMonthDay: { $0 > 0 ? "der \($0)." : "der \(germanOrdinal($0)) Tag des Monats" },
        condition: { ", wenn es \($0) ist" }, only: { ", davon nur \($0)" },
        atTimes: { " um \($0) Uhr" }, atManyTimes: { " zu \($0) Uhrzeiten von \($1) bis \($2) Uhr" },
        onDayOfMonth: { " am \($0). \($1)" }, date: { "\($0). \($1) \($2)" },
        untilDate: { ", bis \($0)\($1.map { " um \($0) Uhr" } ?? "")" },
        times: { $0 == 1 ? ", einmal" : ", \($0)-mal" }, except: { ", außer an \($0) Termin\($0 == 1 ? "" : "en")" },
        weeksBeginOn: { ", mit Wochen ab \($0)" },
        shortMonths: {
            switch $0 {
            case .omit: ", in kürzeren Monaten ohne Ersatz"
            case .backward: ", in kürzeren Monaten am letzten Tag"
            case .forward: ", in kürzeren Monaten am ersten des nächsten"
            }
        },
        leapDay: {
            switch $0 {
            case .omit: ", nur in Schaltjahren"
            case .backward: ", in anderen Jahren am 28. Februar"
            case .forward: ", in anderen Jahren am 1. März"
            }
        })
}

/// `erste`, `20.`, `letzte`, `drittletzte`
private func germanOrdinal(_ number: Int) -> String {
    let words = ["erste", "zweite", "dritte", "vierte", "fünfte"]
    let stems = ["", "vor", "dritt", "viert", "fünft"]
    let size = abs(number)
    if number > 0 { return size <= words.count ? words[size - 1] : "\(size)." }
    return size <= stems.count ? "\(stems[size - 1])letzte" : "\(size).-letzte"
}

/// The same after `am` and `der`: `ersten`, `20.`
private func germanDative(_ number: Int) -> String { germanDative(germanOrdinal(number)) }

private func germanDative(_ ordinal: String) -> String { ordinal.hasSuffix(".") ? ordinal : ordinal + "n" }
