import RemindersContracts
import RemindersDomain
import RemindersWording

@testable import RemindersEmailChannel

/// A delivery of which a test changes what it is about.
struct Draft {
    var deliveryID = DeliveryID(high: 0x0198_c0de_5e1f_7a3b, low: 0x9c4d_2f6b_8a1e_0d57)
    var address: String? = "anna@example.org"
    var name: String? = "Anna Sørensen"
    var locale = "da"
    var timeZone = "Europe/Copenhagen"
    var priority = Priority.normal
    var title = "Følg op på den nye router"
    var message: String? = "Ring til kunden, og spørg, om alt virker.\nHusk at notere det på sagen."
    var creator: String?
    var reference = CaseReference(entityType: "case", id: "123")
    var caseTitle: String? = "Router hos Jensen & Søn"
    var status: String? = "i gang"
    var url: String? = "https://hub.example.org/sag/123?tab=log&x=1"
    var trigger = Trigger.timeBased
    var event: StatusChange?
    var dueAt = "2026-02-10T14:30:00Z"
    var requestedAt = "2026-02-10T14:30:01.25Z"
    var digest: [ShownReminder] = []

    var request: DeliveryRequested {
        DeliveryRequested(
            ShownReminder(
                deliveryID: deliveryID, occurrenceID: 7, reminderID: 3, priority: priority, title: title,
                message: message, creator: creator,
                about: CaseSummary(reference: reference, title: caseTitle, status: status, url: url), trigger: trigger,
                event: event, dueAt: Instant(rfc3339: dueAt) ?? .distantPast),
            to: .user("1"), through: .email, address: address, name: name, locale: locale, timeZone: timeZone,
            requestedAt: Instant(rfc3339: requestedAt) ?? .distantPast, digest: digest)
    }
}

extension ShownReminder {
    /// One more reminder of a digest.
    static func make(
        _ title: String, message: String? = nil, caseID: String = "123", caseTitle: String? = nil,
        status: String? = nil, url: String? = nil, creator: String? = nil, priority: Priority = .normal,
        trigger: Trigger = .timeBased,
        event: StatusChange? = nil, dueAt: String = "2026-02-10T15:00:00Z"
    ) -> ShownReminder {
        ShownReminder(
            deliveryID: DeliveryID(high: 0x0198_c0de_5e1f_7a3b, low: 0x9c4d_2f6b_8a1e_0d58), occurrenceID: 8,
            reminderID: 4, priority: priority,
            title: title, message: message, creator: creator,
            about: CaseSummary(
                reference: CaseReference(entityType: "case", id: caseID), title: caseTitle, status: status, url: url),
            trigger: trigger, event: event, dueAt: Instant(rfc3339: dueAt) ?? .distantPast)
    }
}

extension EmailChannel {
    static func make(
        fromName: String? = "BMC Hub", replyTo: String? = nil, caseBaseURL: String? = nil,
        templates: EmailTemplates = .standard
    ) throws -> EmailChannel {
        EmailChannel(
            configuration: try EmailConfiguration(
                fromAddress: "noreply@hub.example.org", fromName: fromName, replyTo: replyTo,
                texts: TextDefaults(caseBaseURL: try caseBaseURL.map(WebLink.init))),
            templates: templates, transport: nil)
    }

    func mail(_ change: (inout Draft) -> Void = { _ in }) throws -> [UInt8] {
        var draft = Draft()
        change(&draft)
        return try render(draft.request).content
    }
}

extension String {
    init(mail: [UInt8]) { self.init(decoding: mail, as: UTF8.self) }

    /// The lines, which end in CRLF.
    var mailLines: [Substring] {
        var lines = split(separator: "\r\n", omittingEmptySubsequences: false)
        if lines.last == "" { lines.removeLast() }
        return lines
    }
}
