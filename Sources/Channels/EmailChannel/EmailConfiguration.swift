import RemindersDomain
import RemindersSending
import RemindersWording

/// Who the mail is from, and what its links begin with. Checked once, at the start.
public struct EmailConfiguration: Sendable {
    /// The address in `From` and the envelope's sender, to which a mail that can't be delivered returns.
    public let fromAddress: String
    /// The name before it; nil or empty is none.
    public let fromName: String?
    /// Where an answer goes, if not to `fromAddress`.
    public let replyTo: String?
    /// What stands after the @ in `Message-ID`.
    public let messageIDDomain: String
    /// Its language and links, where nobody has said otherwise.
    public let texts: TextDefaults

    /// Checks every value.
    ///
    /// - Parameter messageIDDomain: nil takes the domain of `fromAddress`.
    /// - Throws: `ChannelConfigurationError` with everything that is wrong.
    public init(
        fromAddress: String, fromName: String? = nil, replyTo: String? = nil, messageIDDomain: String? = nil,
        texts: TextDefaults = TextDefaults()
    ) throws(ChannelConfigurationError) {
        var problems: [ChannelConfigurationError.Problem] = []
        func check(_ address: String, _ field: String) -> Bool {
            do throws(MailAddressError) {
                _ = try MailAddress(address)
                return true
            } catch {
                problems.append(.init(field: field, description: "is no mail address: \(error)"))
                return false
            }
        }
        let isAddress = check(fromAddress, "fromAddress")
        let domain = messageIDDomain ?? String(fromAddress.split(separator: "@").last ?? "")
        // What may stand after the @ of an address may stand after that of a message id.
        if isAddress || messageIDDomain != nil, (try? MailAddress("id@" + domain)) == nil {
            problems.append(
                .init(field: "messageIDDomain", description: "is no domain of letters, digits, hyphens and dots"))
        }
        if let fromName, HeaderWriter.hasControl(fromName) {
            problems.append(.init(field: "fromName", description: "contains a control character"))
        }
        if let replyTo { _ = check(replyTo, "replyTo") }
        guard problems.isEmpty else { throw ChannelConfigurationError(problems) }
        self.fromAddress = fromAddress
        self.fromName = fromName
        self.replyTo = replyTo
        self.messageIDDomain = domain
        self.texts = texts
    }
}
