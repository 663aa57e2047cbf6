import Foundation
import RemindersContracts
import RemindersDomain
import RemindersSending
import Testing

@testable import RemindersMattermostChannel
@testable import RemindersWording

/// A delivery of which a test changes what it is about.
struct Draft {
    var address: String? = "anna"
    var locale = "da"
    var timeZone = "Europe/Copenhagen"
    var priority = Priority.normal
    var title = "Følg op på den nye router"
    var message: String? = "Ring til kunden, og spørg, om alt virker.\nHusk at notere det på sagen."
    var creator: String?
    var reference = CaseReference(entityType: "case", id: "123")
    var caseTitle: String? = "Router hos Jensen & Søn"
    var status: String? = "i_gang"
    var url: String? = "https://hub.example.org/sag/123?tab=log&x=1"
    var trigger = Trigger.timeBased
    var event: StatusChange?
    var dueAt = "2026-02-10T14:30:00Z"
    var digest: [ShownReminder] = []

    var request: DeliveryRequested {
        DeliveryRequested(
            ShownReminder(
                deliveryID: DeliveryID(high: 0x0198_c0de_5e1f_7a3b, low: 0x9c4d_2f6b_8a1e_0d57), occurrenceID: 7,
                reminderID: 3, priority: priority, title: title, message: message, creator: creator,
                about: CaseSummary(reference: reference, title: caseTitle, status: status, url: url), trigger: trigger,
                event: event, dueAt: Instant(rfc3339: dueAt) ?? .distantPast),
            to: .user("1"), through: .mattermost, address: address, name: "Anna Sørensen", locale: locale,
            timeZone: timeZone, requestedAt: Instant(seconds: 1_770_733_801), digest: digest)
    }
}

extension MattermostChannel {
    static func make(
        defaultChannel: String? = nil, username: String? = nil, iconURL: String? = nil, caseBaseURL: String? = nil,
        defaultLocale: ReminderLocale = .english
    ) throws -> MattermostChannel {
        MattermostChannel(
            configuration: try MattermostConfiguration(
                webhookURL: "https://chat.example.org/hooks/s3cr3ths3cr3t", defaultChannel: defaultChannel,
                username: username,
                iconURL: iconURL,
                texts: TextDefaults(caseBaseURL: try caseBaseURL.map(WebLink.init), locale: defaultLocale)),
            client: nil)
    }

    func post(_ change: (inout Draft) -> Void = { _ in }) throws -> [UInt8] {
        var draft = Draft()
        change(&draft)
        return try render(draft.request).content
    }
}

/// The JSON of a post, read by Foundation.
struct ReadPost: Decodable {
    struct Attachment: Decodable {
        struct Field: Decodable {
            let title: String
            let value: String
            let short: Bool
        }

        let fallback: String
        let color: String
        let title: String
        let titleLink: String?
        let text: String?
        let fields: [Field]
    }

    struct Priority: Decodable {
        let priority: String
    }

    let channel: String?
    let username: String?
    let iconUrl: String?
    let priority: Priority?
    let text: String
    private let attachmentsIfAny: [Attachment]?
    /// None in a digest.
    var attachments: [Attachment] { attachmentsIfAny ?? [] }

    private enum CodingKeys: String, CodingKey {
        case channel, username, iconUrl, priority, text
        case attachmentsIfAny = "attachments"
    }

    init(_ content: [UInt8]) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        self = try decoder.decode(ReadPost.self, from: Data(content))
    }

    /// All that users wrote any of.
    var texts: [String] {
        [text]
            + attachments.flatMap {
                [$0.fallback, $0.title, $0.text ?? ""] + $0.fields.flatMap { [$0.title, $0.value] }
            }
    }
}
