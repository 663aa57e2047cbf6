extension ReminderWords {
    static let danish = ReminderWords(
        headings: [
            .timeBased: "Påmindelse", .statusChange: "Status ændret", .deadlineApproaching: "Fristen nærmer sig",
        ],
        urgent: "Haster", important: "Vigtigt", status: "Status", due: "Tidspunkt", priority: "Prioritet", open: "Åbn",
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
