extension ReminderWords {
    static let german = ReminderWords(
        headings: [
            .timeBased: "Erinnerung", .statusChange: "Status geändert", .deadlineApproaching: "Frist läuft bald ab",
        ],
        urgent: "Dringend", important: "Wichtig", status: "Status", due: "Zeitpunkt", priority: "Priorität",
        open: "Öffnen", footer: "Sie erhalten diese Mail, weil eine Erinnerung für Sie eingerichtet wurde.",
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
