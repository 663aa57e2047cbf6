import RemindersDomain
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
    /// What a link to a case begins with, if the case has no link of its own: `<base>/<entity type>/<id>`.
    public let caseBaseURL: WebLink?
    /// The language for recipients whose own is none of `ReminderLocale`.
    public let defaultLocale: ReminderLocale

    /// Checks every value.
    ///
    /// - Parameter messageIDDomain: nil takes the domain of `fromAddress`.
    /// - Throws: `EmailConfigurationError` with everything that is wrong.
    public init(
        fromAddress: String, fromName: String? = nil, replyTo: String? = nil, messageIDDomain: String? = nil,
        caseBaseURL: String? = nil, defaultLocale: ReminderLocale = .english
    ) throws(EmailConfigurationError) {
        var problems: [EmailConfigurationError.Problem] = []
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
        var base: WebLink?
        do throws(WebLinkError) {
            base = try caseBaseURL.map { text throws(WebLinkError) in try WebLink(text) }
        } catch {
            problems.append(.init(field: "caseBaseURL", description: "is no link: \(error)"))
        }
        guard problems.isEmpty else { throw EmailConfigurationError(problems: problems) }
        self.fromAddress = fromAddress
        self.fromName = fromName
        self.replyTo = replyTo
        self.messageIDDomain = domain
        self.caseBaseURL = base
        self.defaultLocale = defaultLocale
    }
}

/// Everything that is wrong with a configuration; it never repeats a value.
public struct EmailConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One wrong value.
    public struct Problem: Hashable, Sendable {
        /// The property of `EmailConfiguration` it is for.
        public let field: String
        /// What is wrong, as a predicate: `is no mail address`.
        public let description: String
    }

    /// At least one.
    public let problems: [Problem]

    /// All on one line.
    public var description: String {
        problems.map { "\($0.field) \($0.description)" }.joined(separator: "; ")
    }
}
