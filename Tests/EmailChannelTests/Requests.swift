import RemindersContracts
import RemindersDomain

@testable import RemindersEmailChannel

/// A delivery of which a test changes what it is about.
struct Draft {
    var deliveryID = "0198c0de-5e1f-7a3b-9c4d-2f6b8a1e0d57"
    var address: String? = "anna@example.org"
    var name: String? = "Anna Sørensen"
    var locale = "da"
    var timeZone = "Europe/Copenhagen"
    var priority = Priority.normal
    var title = "Følg op på den nye router"
    var message: String? = "Ring til kunden, og spørg, om alt virker.\nHusk at notere det på sagen."
    var reference = CaseReference(entityType: "case", id: "123")
    var caseTitle: String? = "Router hos Jensen & Søn"
    var status: String? = "i gang"
    var url: String? = "https://hub.example.org/sag/123?tab=log&x=1"
    var trigger = Trigger.timeBased
    var event: DeliveryRequested.StatusChange?
    var dueAt = "2026-02-10T14:30:00Z"
    var requestedAt = "2026-02-10T14:30:01.25Z"
    var digest: [DigestItem] = []

    var request: DeliveryRequested {
        DeliveryRequested(
            deliveryID: deliveryID, occurrenceID: 7, reminderID: 3, recipient: .user("1"), channel: .email,
            address: address, name: name, locale: locale, timeZone: timeZone, priority: priority, title: title,
            message: message,
            about: CaseSummary(reference: reference, title: caseTitle, status: status, url: url), trigger: trigger,
            event: event, dueAt: Instant(rfc3339: dueAt) ?? .distantPast,
            requestedAt: Instant(rfc3339: requestedAt) ?? .distantPast, digest: digest)
    }
}

extension DigestItem {
    /// One more reminder of a digest.
    static func make(
        _ title: String, message: String? = nil, caseID: String = "123", caseTitle: String? = nil,
        status: String? = nil, url: String? = nil, priority: Priority = .normal, trigger: Trigger = .timeBased,
        event: DeliveryRequested.StatusChange? = nil, dueAt: String = "2026-02-10T15:00:00Z"
    ) -> DigestItem {
        DigestItem(
            deliveryID: "0198c0de-5e1f-7a3b-9c4d-2f6b8a1e0d58", occurrenceID: 8, reminderID: 4, priority: priority,
            title: title, message: message,
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
                fromAddress: "noreply@hub.example.org", fromName: fromName, replyTo: replyTo, caseBaseURL: caseBaseURL),
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
