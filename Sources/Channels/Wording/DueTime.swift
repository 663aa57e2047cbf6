import RemindersDomain

/// A moment as the clock on the recipient's wall shows it, in the recipient's language.
///
/// Names of days and months are few, and `DateFormatter` would take longer for one date than the rest of the message.
package struct DueTime {
    /// `tirsdag den 10. februar 2026 kl. 15.30`
    package let text: String
    /// The IANA name of the zone the time is in: the recipient's, or `UTC` when there is no such zone.
    package let zone: String

    /// Expresses `instant` in the zone of that IANA name.
    package init(_ instant: Instant, zone name: String, locale: ReminderLocale) {
        let zone = (try? ZoneCatalog.shared.zone(name)) ?? .utc
        self.zone = zone.identifier
        text = DueTime.text(zone.local(at: instant), locale)
    }

    private static func text(_ local: LocalDateTime, _ locale: ReminderLocale) -> String {
        let names = CalendarNames[locale]
        let date = local.date
        let weekday = names.weekdays[date.weekday.rawValue - 1]
        let month = names.months[date.month - 1]
        var text = DecimalText(capacity: 64)
        text.append(weekday)
        switch locale {
        case .english: text.append(" ")
        case .danish: text.append(" den ")
        case .german: text.append(", ")
        }
        text.append(date.day)
        text.append(locale == .english ? " " : ". ")
        text.append(month)
        text.append(" ")
        text.append(date.year)
        text.append(locale == .danish ? " kl. " : ", ")
        text.append(local.hour, digits: 2)
        text.append(locale == .danish ? "." : ":")
        text.append(local.minute, digits: 2)
        if locale == .german { text.append(" Uhr") }
        return text.string
    }
}

/// Names of days, Monday first, and months.
private struct CalendarNames {
    let weekdays: [StaticString]
    let months: [StaticString]

    static subscript(locale: ReminderLocale) -> CalendarNames {
        switch locale {
        case .english: english
        case .danish: danish
        case .german: german
        }
    }

    private static let english = CalendarNames(
        weekdays: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
        months: [
            "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
            "November", "December",
        ])
    private static let danish = CalendarNames(
        weekdays: ["mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag"],
        months: [
            "januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september", "oktober",
            "november", "december",
        ])
    private static let german = CalendarNames(
        weekdays: ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"],
        months: [
            "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
            "November", "Dezember",
        ])
}
