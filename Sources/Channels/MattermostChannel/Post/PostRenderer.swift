import RemindersContracts
import RemindersDomain
import RemindersSending
import RemindersWording

/// Makes the body of a webhook's request (https://developers.mattermost.com/integrate/webhooks/incoming/): equal
/// deliveries give equal bytes.
///
/// `text` says what it is and the reminder's title, since that is what push notifications and search show. The
/// attachment has the case, the reminder's text, and status, time, priority and who else set it as fields. `props` isn't used: its
/// reserved keys are Mattermost's.
struct PostRenderer: Sendable {
    private let configuration: MattermostConfiguration

    init(configuration: MattermostConfiguration) {
        self.configuration = configuration
    }

    func render(_ request: DeliveryRequested) throws(RenderingError) -> [UInt8] {
        let channel: String? =
            if let address = request.address { try PostAddress(address).channel } else { configuration.defaultChannel }
        let locale = configuration.texts.locale(of: request.locale)
        let words = ReminderWords[locale]

        var json = JSONBytes(capacity: 1_536)
        json.append("{")
        if let channel { json.append(key: "\"channel\":", string: channel) }
        if let username = configuration.username { json.append(key: "\"username\":", string: username) }
        if let iconURL = configuration.iconURL { json.append(key: "\"icon_url\":", string: iconURL) }
        let digest = request.digest.isEmpty ? nil : DigestPost(request, locale: locale, link: configuration.texts.link)
        let priority = digest?.content.priority ?? request.reminder.priority
        if priority >= .urgent {
            json.append("\"priority\":{\"priority\":\"urgent\"},")
        } else if priority >= .high {
            json.append("\"priority\":{\"priority\":\"important\"},")
        }
        if let digest {
            json.append("\"text\":")
            json.append(string: digest.text)
            json.append("}")
            return json.bytes
        }
        let heading = Array("\(words.heading(request.reminder.trigger)): ".utf8)
        let title = PostLimit.markdown(request.reminder.title, lines: .joined, limit: PostLimit.text - heading.count)
        json.append("\"text\":")
        json.append(string: heading + title)
        json.append(",\"attachments\":[")
        appendAttachment(request, locale, words, to: &json)
        json.append("]}")
        return json.bytes
    }

    private func appendAttachment(
        _ request: DeliveryRequested, _ locale: ReminderLocale, _ words: ReminderWords, to json: inout JSONBytes
    ) {
        json.append("{\"fallback\":")
        json.append(
            string: PostText.bytes("\(words.heading(request.reminder.trigger)): \(request.reminder.title)", .plain))
        json.append(",\"color\":\"")
        json.append(PostRenderer.color(request.reminder.priority))
        json.append("\",\"title\":")
        let link = configuration.texts.link(to: request.reminder.about)
        json.append(string: PostText.bytes(words.title(of: request.reminder.about), link == nil ? .markdown : .plain))
        if let link {
            json.append(",\"title_link\":")
            json.append(string: link)
        }
        if let message = request.reminder.message, !message.isEmpty {
            json.append(",\"text\":")
            json.append(string: PostLimit.markdown(message, lines: .kept))
        }
        json.append(",\"fields\":[")
        if let status = request.reminder.statusText { json.append(field: words.status, value: PostText.bytes(status)) }
        let due = DueTime(request.reminder.dueAt, zone: request.timeZone, locale: locale)
        json.append(field: words.due, value: PostText.bytes("\(due.text) (\(due.zone))"))
        let creator = request.reminder.creator
        json.append(
            field: words.priority, value: Array(words.name(of: request.reminder.priority).utf8), isLast: creator == nil)
        if let creator { json.append(field: words.creator, value: PostText.bytes(creator), isLast: true) }
        json.append("]}")
    }

    private static func color(_ priority: Priority) -> StaticString {
        if priority >= .urgent { return "#d24b4e" }
        if priority >= .high { return "#e8930c" }
        return priority >= .normal ? "#2d6cdf" : "#8a8f98"
    }
}

extension JSONBytes {
    fileprivate mutating func append(key: StaticString, string: String) {
        append(key)
        append(string: string)
        append(",")
    }

    fileprivate mutating func append(field title: String, value: [UInt8], isLast: Bool = false) {
        append("{\"title\":")
        append(string: title)
        append(",\"value\":")
        append(string: value)
        append(isLast ? ",\"short\":true}" : ",\"short\":true},")
    }
}
