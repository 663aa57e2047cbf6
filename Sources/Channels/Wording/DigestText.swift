import RemindersDomain

/// What every channel says where several reminders go out together; how it looks is the channel's own.
package struct DigestText {
    /// How much is said of each: less where all together would be more than the channel takes.
    package enum Detail: CaseIterable {
        /// Everything.
        case full
        /// All but its message.
        case withoutMessage
        /// When it was due.
        case due
    }

    /// Its words.
    package let words: ReminderWords
    private let reminders: [ShownReminder]
    private let locale: ReminderLocale
    private let zone: String

    /// - Parameters:
    ///   - reminders: at least one.
    ///   - zone: the IANA name of the zone of times that say none of their own.
    package init(_ reminders: [ShownReminder], zone: String, locale: ReminderLocale) {
        self.reminders = reminders
        self.locale = locale
        self.zone = zone
        words = ReminderWords[locale]
    }

    /// The highest priority of all.
    package var priority: Priority { reminders.map(\.priority).max() ?? .normal }

    /// The case that all are about, or nil.
    package var onlyCase: CaseReference? {
        guard let first = reminders.first?.about.reference else { return nil }
        return reminders.allSatisfy { $0.about.reference == first } ? first : nil
    }

    /// `3 reminders`
    package var heading: String { words.reminders(reminders.count) }

    /// `[Urgent] Reminder: `, what stands before the title of one.
    package func beginning(of item: ShownReminder) -> String {
        "\(words.mark(item.priority))\(words.heading(item.trigger)): "
    }

    /// What there is to say about one, without title and link: at least when it was due, and who else set it.
    package func lines(of item: ShownReminder, _ detail: Detail = .full) -> [String] {
        let due = DueTime(item.dueAt, zone: item.timeZone ?? zone, locale: locale)
        let time = "\(due.text) (\(due.zone))"
        let creator = item.creator.map { "\(words.creator): \($0)" }
        guard detail != .due else {
            return [time] + (creator.map { [String($0.prefix(DigestText.shortCreator))] } ?? [])
        }
        var lines: [String] = []
        if detail == .full, let message = item.message, !message.isEmpty { lines.append(message) }
        lines.append(words.title(of: item.about))
        if let status = item.statusText { lines.append("\(words.status): \(status)") }
        lines.append("\(words.due): \(time)")
        if let creator { lines.append(creator) }
        return lines
    }

    /// Characters of who set one where there is room for little more.
    private static let shortCreator = 60
}
