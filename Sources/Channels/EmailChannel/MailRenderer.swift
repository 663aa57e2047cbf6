import RemindersContracts
import RemindersDomain
import RemindersSending
import RemindersWording

/// Makes the mail of a delivery: equal deliveries give equal bytes, whoever renders and whenever.
struct MailRenderer: Sendable {
    private let configuration: EmailConfiguration
    private let frames: FrameCache
    /// `From` and what else is the same in every mail.
    private let constantHeaders: [UInt8]

    init(configuration: EmailConfiguration, templates: EmailTemplates) {
        self.configuration = configuration
        frames = FrameCache(templates)
        constantHeaders = MailRenderer.constantHeaders(configuration)
    }

    /// The message (RFC 5322, RFC 2045): `multipart/alternative` of text and HTML, all of it ASCII, lines ending in
    /// CRLF.
    func render(_ request: DeliveryRequested) throws(RenderingError) -> [UInt8] {
        let address = try MailRenderer.address(of: request)
        let locale = configuration.texts.locale(of: request.locale)
        return try request.digest.isEmpty
            ? renderOne(request, address: address, locale: locale)
            : renderDigest(request, address: address, locale: locale)
    }

    private func renderOne(
        _ request: DeliveryRequested, address: MailAddress, locale: ReminderLocale
    ) throws(RenderingError) -> [UInt8] {
        let values = TemplateValues(request, locale: locale, link: configuration.texts.link(to: request.reminder.about))
        guard let frames = frames.frames(for: values.shape) else {
            throw RenderingError(field: "locale", description: "has no templates")
        }
        var part: [UInt8] = []
        part.reserveCapacity(2_048)
        frames.subject.append(values, to: &part)
        let headers = try headers(
            request, address: address, locale: locale, subject: part, thread: request.reminder.about.reference,
            priority: request.reminder.priority)
        var message = MultipartMessage(headers: headers, boundary: "=_" + request.reminder.deliveryID.text)
        part.removeAll(keepingCapacity: true)
        frames.text.append(values, to: &part)
        message.append(part: part, type: "text/plain")
        part.removeAll(keepingCapacity: true)
        frames.html.append(values, to: &part)
        message.append(part: part, type: "text/html")
        return message.finish()
    }

    private func renderDigest(
        _ request: DeliveryRequested, address: MailAddress, locale: ReminderLocale
    ) throws(RenderingError) -> [UInt8] {
        let digest = DigestMail(request, locale: locale, link: configuration.texts.link)
        let headers = try headers(
            request, address: address, locale: locale, subject: digest.subject, thread: digest.content.onlyCase,
            priority: digest.content.priority)
        var message = MultipartMessage(headers: headers, boundary: "=_" + request.reminder.deliveryID.text)
        message.append(part: digest.text, type: "text/plain")
        message.append(part: digest.html, type: "text/html")
        return message.finish()
    }

    private func headers(
        _ request: DeliveryRequested, address: MailAddress, locale: ReminderLocale, subject: [UInt8],
        thread: CaseReference?, priority: Priority
    ) throws(RenderingError) -> HeaderWriter {
        var headers = HeaderWriter(capacity: 6_144)
        try headers.write("Date", verbatim: MailDate.text(request.requestedAt), field: "requested_at")
        headers.append(lines: constantHeaders)
        var name: [UInt8] = []
        if let text = request.name { UserText(destination: .plain, lines: .joined).append(text, to: &name) }
        try headers.write("To", displayName: name, address: address.text, field: "name")
        let domain = configuration.messageIDDomain
        try headers.write(
            "Message-ID", verbatim: MessageIdentifiers.delivery(request.reminder.deliveryID.text, domain: domain),
            field: "delivery_id")
        if let thread {
            let thread = MessageIdentifiers.thread(thread, domain: domain)
            try headers.write("In-Reply-To", verbatim: thread, field: "case")
            try headers.write("References", verbatim: thread, field: "case")
        }
        try headers.write("Subject", text: subject, field: "title")
        try headers.write("X-Reminders-Delivery", verbatim: request.reminder.deliveryID.text, field: "delivery_id")
        if priority >= .urgent {
            headers.append(lines: MailRenderer.urgentHeaders)
        } else if priority >= .high {
            headers.append(lines: MailRenderer.highHeaders)
        }
        try headers.write("Content-Language", verbatim: locale.rawValue, field: "locale")
        return headers
    }

    private static func address(of request: DeliveryRequested) throws(RenderingError) -> MailAddress {
        guard let text = request.address else {
            throw RenderingError(field: "address", description: "is missing; a mail needs the recipient's address")
        }
        do throws(MailAddressError) {
            return try MailAddress(text)
        } catch {
            throw RenderingError(field: "address", description: "is no mail address: \(error)")
        }
    }

    /// The configuration has been checked, so what is written here can't be refused.
    private static func constantHeaders(_ configuration: EmailConfiguration) -> [UInt8] {
        var headers = HeaderWriter(capacity: 512)
        do throws(RenderingError) {
            try headers.write(
                "From", displayName: [UInt8]((configuration.fromName ?? "").utf8), address: configuration.fromAddress,
                field: "from")
            if let replyTo = configuration.replyTo {
                try headers.write("Reply-To", displayName: [], address: replyTo, field: "reply_to")
            }
        } catch {
            preconditionFailure("\(error)")
        }
        headers.append(lines: automaticHeaders)
        return headers.bytes
    }

    /// RFC 3834 §5, and what Exchange looks at ([MS-OXCMAIL] 2.2.3.2.14): out-of-office replies stay away.
    private static let automaticHeaders = [UInt8](
        "Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\n".utf8)
    /// No standard but `Importance` (RFC 2156 §5.3.4); these are what mail programs look at.
    private static let urgentHeaders = [UInt8]("Importance: high\r\nX-Priority: 1 (Highest)\r\n".utf8)
    private static let highHeaders = [UInt8]("Importance: high\r\nX-Priority: 2 (High)\r\n".utf8)
}
