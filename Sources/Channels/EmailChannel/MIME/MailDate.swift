import RemindersDomain
import RemindersWording

/// The date-time of mail headers (RFC 5322 §3.3).
enum MailDate {
    /// `Tue, 10 Feb 2026 14:30:00 +0000`, always in UTC.
    static func text(_ instant: Instant) -> String {
        let time = IANAZone.utc.local(at: instant)
        let date = time.date
        var text = DecimalText(capacity: 31)
        text.append(weekdays[date.weekday.rawValue - 1])
        text.append(", ")
        text.append(date.day)
        text.append(months[date.month - 1])
        text.append(date.year, digits: 4)
        text.append(" ")
        text.append(time.hour, digits: 2)
        text.append(":")
        text.append(time.minute, digits: 2)
        text.append(":")
        text.append(time.second, digits: 2)
        text.append(" +0000")
        return text.string
    }

    private static let weekdays: [StaticString] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    private static let months: [StaticString] = [
        " Jan ", " Feb ", " Mar ", " Apr ", " May ", " Jun ", " Jul ", " Aug ", " Sep ", " Oct ", " Nov ", " Dec ",
    ]
}
