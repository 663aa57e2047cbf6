import RemindersContracts
import RemindersDomain
import RemindersWording

/// The parts of a mail that carries several reminders. It has no templates: they are made for one reminder each.
struct DigestMail {
    /// What it says.
    let content: DigestText
    private let reminders: [ShownReminder]
    private let locale: ReminderLocale
    private let link: (CaseSummary) -> String?
    private var words: ReminderWords { content.words }

    /// - Parameter link: the link to a case, already checked.
    init(_ request: DeliveryRequested, locale: ReminderLocale, link: @escaping (CaseSummary) -> String?) {
        content = DigestText(request.reminders, zone: request.timeZone, locale: locale)
        reminders = request.reminders
        self.locale = locale
        self.link = link
    }

    /// `[Urgent] 3 reminders: Follow up; Call back; …`, with as many titles as fit.
    var subject: [UInt8] {
        let titles = reminders.map(\.title).joined(separator: "; ").clipped(to: DigestMail.longestTitles)
        var text: [UInt8] = []
        UserText(destination: .plain, lines: .joined)
            .append(words.mark(content.priority) + content.heading + ": " + titles, to: &text)
        return text
    }

    /// The part for those who read plain text.
    var text: [UInt8] {
        var text = [UInt8]("\(content.heading)\n\n\(words.digest.intro)\n".utf8)
        for (index, item) in reminders.enumerated() {
            append("\n\(index + 1). \(content.beginning(of: item))", literal: &text)
            append(item.title, to: &text)
            for line in content.lines(of: item) {
                append("\n   ", literal: &text)
                append(line, to: &text)
            }
            if let url = link(item.about) { append("\n   \(words.open): \(url)", literal: &text) }
            append("\n", literal: &text)
        }
        append("\n-- \n\(words.digest.footer)\n", literal: &text)
        return text
    }

    /// The part with markup.
    var html: [UInt8] {
        let heading = content.heading
        var html = [UInt8](
            """
            \(StandardTemplates.beginning(language: locale.rawValue, title: heading))
            <h1 style="margin:0 0 4px;font-size:20px">\(heading)</h1>
            <p style="margin:0 0 16px;font-size:13px;opacity:.7">\(words.digest.intro)</p>
            <ol style="margin:0;padding:0 0 0 24px">

            """.utf8)
        for item in reminders { append(item, html: &html) }
        append(
            """
            </ol>
            <p style="margin:24px 0 0;font-size:12px;opacity:.7">\(words.digest.footer)</p>
            </div>
            </body>
            </html>

            """, literal: &html)
        return html
    }

    private func append(_ item: ShownReminder, html: inout [UInt8]) {
        append("<li style=\"margin:0 0 16px\"><div dir=\"auto\"><b>", literal: &html)
        append(content.beginning(of: item), literal: &html)
        append(item.title, to: &html, .html)
        append("</b></div>\n<div style=\"font-size:14px\">", literal: &html)
        for (index, line) in content.lines(of: item).enumerated() {
            append(index == 0 ? "<div dir=\"auto\">" : "</div>\n<div dir=\"auto\">", literal: &html)
            append(line, to: &html, .html)
        }
        append("</div></div>\n", literal: &html)
        if let url = link(item.about) {
            append("<a href=\"", literal: &html)
            append(url, to: &html, .html)
            append("\">\(words.open): ", literal: &html)
            append(words.name(of: item.about.reference), to: &html, .html)
            append("</a>\n", literal: &html)
        }
        append("</li>\n", literal: &html)
    }

    /// Text that people wrote some of: harmless, and on one line.
    private func append(_ text: String, to output: inout [UInt8], _ destination: UserText.Destination = .plain) {
        UserText(destination: destination, lines: .joined, isInBody: true).append(text, to: &output)
    }

    private func append(_ text: String, literal output: inout [UInt8]) {
        output.append(contentsOf: text.utf8)
    }

    /// Characters of a subject that are titles.
    private static let longestTitles = 120
}
