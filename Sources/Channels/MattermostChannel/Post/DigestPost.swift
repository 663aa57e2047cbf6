import RemindersContracts
import RemindersDomain
import RemindersWording

/// The text of a post that carries several reminders: a list.
struct DigestPost {
    /// What it says.
    let content: DigestText
    private let reminders: [ShownReminder]
    private let link: (CaseSummary) -> String?

    /// - Parameter link: the link to a case, already checked.
    init(_ request: DeliveryRequested, locale: ReminderLocale, link: @escaping (CaseSummary) -> String?) {
        content = DigestText(request.reminders, zone: request.timeZone, locale: locale)
        reminders = request.reminders
        self.link = link
    }

    /// Markdown, made harmless. All are in it, however little of each; a text longer than one post takes is split by
    /// Mattermost.
    var text: [UInt8] {
        var text: [UInt8] = []
        for detail in DigestText.Detail.allCases {
            text = self.text(detail)
            if PostLimit.fits(text) { break }
        }
        return text
    }

    private func text(_ detail: DigestText.Detail) -> [UInt8] {
        var text = [UInt8]("**\(content.heading)**\n\(content.words.digest.intro)\n".utf8)
        for (index, item) in reminders.enumerated() {
            let title = detail == .due ? item.title.clipped(to: DigestPost.shortTitle) : item.title
            text += "\n\(index + 1). \(content.beginning(of: item))".utf8
            text += PostText.bytes(title)
            var lines = content.lines(of: item, detail)
            if detail != .due, let url = link(item.about) { lines.append("\(content.words.open): \(url)") }
            for line in lines {
                text += "\n   ".utf8
                text += PostText.bytes(line)
            }
        }
        return text
    }

    /// Characters of a title where there is room for little more.
    private static let shortTitle = 100
}
