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
        let words = ReminderWords[locale].calendar
        let date = local.date
        var text = DecimalText(capacity: 64)
        text.append(words.weekdays[date.weekday.rawValue - 1])
        text.append(words.afterWeekday)
        text.append(date.day)
        text.append(words.afterDay)
        text.append(words.months[date.month - 1])
        text.append(" ")
        text.append(date.year)
        text.append(words.beforeTime)
        text.append(local.hour, digits: 2)
        text.append(words.betweenHourAndMinute)
        text.append(local.minute, digits: 2)
        text.append(words.afterTime)
        return text.string
    }
}

/// How a date and a time are written in one language: `tirsdag den 10. februar 2026 kl. 15.30`.
struct CalendarWords: Sendable {
    /// Names of days, Monday first.
    let weekdays: [StaticString]
    /// Names of months.
    let months: [StaticString]
    let afterWeekday: StaticString
    let afterDay: StaticString
    let beforeTime: StaticString
    let betweenHourAndMinute: StaticString
    let afterTime: StaticString
}
