import RemindersContracts
import RemindersDomain
import RemindersWording

/// The parts of a mail that carries several reminders. It has no templates: they are made for one reminder each.
struct DigestMail {
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

    /// The case that all are about, or nil.
    var onlyCase: CaseReference? {
        let first = request.reminder.about.reference
        return request.digest.allSatisfy { $0.about.reference == first } ? first : nil
    }

    /// `[Urgent] 3 reminders: Follow up; Call back; …`, with as many titles as fit.
    var subject: [UInt8] {
        let titles = request.reminders.map(\.title).joined(separator: "; ").clipped(to: DigestMail.longestTitles)
        var text: [UInt8] = []
        UserText(destination: .plain, lines: .joined)
            .append(words.mark(priority) + words.reminders(request.reminders.count) + ": " + titles, to: &text)
        return text
    }

    /// The part for those who read plain text.
    var text: [UInt8] {
        var text = [UInt8]("\(words.reminders(request.reminders.count))\n\n\(words.digest.intro)\n".utf8)
        for (index, item) in request.reminders.enumerated() {
            append("\n\(index + 1). \(words.mark(item.priority))\(words.heading(item.trigger)): ", literal: &text)
            append(item.title, to: &text)
            for line in lines(of: item) {
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
        let heading = words.reminders(request.reminders.count)
        var html = [UInt8](
            """
            <!DOCTYPE html>
            <html lang="\(locale.rawValue)">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <meta name="color-scheme" content="light dark">
            <title>\(heading)</title>
            </head>
            <body style="margin:0;padding:16px;font-family:Arial,Helvetica,sans-serif;font-size:15px;line-height:1.5">
            <div style="max-width:560px;margin:0 auto">
            <h1 style="margin:0 0 4px;font-size:20px">\(heading)</h1>
            <p style="margin:0 0 16px;font-size:13px;opacity:.7">\(words.digest.intro)</p>
            <ol style="margin:0;padding:0 0 0 24px">

            """.utf8)
        for item in request.reminders { append(item, html: &html) }
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
        append("\(words.mark(item.priority))\(words.heading(item.trigger)): ", literal: &html)
        append(item.title, to: &html, .html)
        append("</b></div>\n<div style=\"font-size:14px\">", literal: &html)
        for (index, line) in lines(of: item).enumerated() {
            append(index == 0 ? "<div dir=\"auto\">" : "</div>\n<div dir=\"auto\">", literal: &html)
            append(line, to: &html, .html)
        }
        append("</div></div>\n", literal: &html)
        if let url = link(item.about) {
            append("<a href=\"", literal: &html)
            append(url, to: &html, .html)
            append("\">\(words.open): ", literal: &html)
            append(name(of: item.about), to: &html, .html)
            append("</a>\n", literal: &html)
        }
        append("</li>\n", literal: &html)
    }

    /// What there is to say about one, without title and link: at least case and time.
    private func lines(of item: ShownReminder) -> [String] {
        var lines: [String] = []
        if let message = item.message, !message.isEmpty { lines.append(message) }
        let title = item.about.title ?? ""
        lines.append(name(of: item.about) + (title.isEmpty ? "" : ": \(title)"))
        if let status = item.statusText { lines.append("\(words.status): \(status)") }
        let due = DueTime(item.dueAt, zone: request.timeZone, locale: locale)
        lines.append("\(words.due): \(due.text) (\(due.zone))")
        return lines
    }

    private func name(of about: CaseSummary) -> String {
        "\(words.name(ofEntity: about.reference.entityType)) \(about.reference.id)"
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
