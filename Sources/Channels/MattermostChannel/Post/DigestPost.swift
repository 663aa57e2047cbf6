import RemindersContracts
import RemindersDomain
import RemindersWording

/// The text of a post that carries several reminders: a list.
struct DigestPost {
    /// How much of each is shown: less where all together would be more than a post takes.
    private enum Detail: CaseIterable {
        case full
        case withoutMessage
        case titles
    }

    private let request: DeliveryRequested
    private let locale: ReminderLocale
    private let words: ReminderWords
    private let link: (CaseSummary) -> String?

    /// - Parameter link: the link to a case, already checked.
    init(_ request: DeliveryRequested, locale: ReminderLocale, link: @escaping (CaseSummary) -> String?) {
        self.request = request
        self.locale = locale
        self.link = link
        words = ReminderWords[locale]
    }

    /// The highest priority of all.
    var priority: Priority { request.reminders.map(\.priority).max() ?? request.reminder.priority }

    /// Markdown, made harmless. All are in it, however little of each; a text longer than one post takes is split by
    /// Mattermost.
    var text: [UInt8] {
        var text: [UInt8] = []
        for detail in Detail.allCases {
            text = self.text(detail)
            if PostLimit.fits(text) { break }
        }
        return text
    }

    private func text(_ detail: Detail) -> [UInt8] {
        var text = [UInt8]("**\(words.reminders(request.reminders.count))**\n\(words.digest.intro)\n".utf8)
        for (index, item) in request.reminders.enumerated() {
            let title = detail == .titles ? item.title.clipped(to: DigestPost.shortTitle) : item.title
            text += "\n\(index + 1). \(words.mark(item.priority))\(words.heading(item.trigger)): ".utf8
            text += PostText.bytes(title)
            for line in lines(of: item, detail) {
                text += "\n   ".utf8
                text += PostText.bytes(line)
            }
        }
        return text
    }

    private func lines(of item: ShownReminder, _ detail: Detail) -> [String] {
        let due = DueTime(item.dueAt, zone: request.timeZone, locale: locale)
        let time = "\(due.text) (\(due.zone))"
        guard detail != .titles else { return [time] }
        var lines: [String] = []
        if detail == .full, let message = item.message, !message.isEmpty { lines.append(message) }
        let name = "\(words.name(ofEntity: item.about.reference.entityType)) \(item.about.reference.id)"
        let title = item.about.title ?? ""
        lines.append(name + (title.isEmpty ? "" : ": \(title)"))
        if let status = item.statusText { lines.append("\(words.status): \(status)") }
        lines.append("\(words.due): \(time)")
        if let url = link(item.about) { lines.append("\(words.open): \(url)") }
        return lines
    }

    /// Characters of a title where there is room for little more.
    private static let shortTitle = 100
}
