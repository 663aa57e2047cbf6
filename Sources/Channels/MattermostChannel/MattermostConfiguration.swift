import RemindersDomain
import RemindersGround
import RemindersSending
import RemindersTransfer
import RemindersWording

/// Where posts go and as whom. Checked once, at the start.
public struct MattermostConfiguration: Sendable {
    /// The URL of an incoming webhook. Who has it can post, so it is a secret. nil is enough for dry runs.
    public let webhookURL: Secret?
    /// The channel for deliveries without an address; nil is the webhook's own.
    public let defaultChannel: String?
    /// The name posts appear under; nil is the webhook's. The server must allow it (`EnablePostUsernameOverride`).
    public let username: String?
    /// The picture posts appear with; nil is the webhook's. The server must allow it (`EnablePostIconOverride`).
    public let iconURL: String?
    /// What a link to a case begins with, if the case has no link of its own: `<base>/<entity type>/<id>`.
    public let caseBaseURL: WebLink?
    /// The language for recipients whose own is none of `ReminderLocale`.
    public let defaultLocale: ReminderLocale
    /// Longest time for one post.
    public let timeout: Duration
    /// File of PEM certificates to trust instead of the system's.
    public let caFile: String?
    /// Lets `http:` through, for a receiver on the same machine.
    public let allowsClearText: Bool

    /// Checks every value.
    ///
    /// - Parameter defaultChannel: as in a delivery's address: `~town-square`, `@anna`.
    /// - Throws: `MattermostConfigurationError` with everything that is wrong.
    public init(
        webhookURL: String?, defaultChannel: String? = nil, username: String? = nil, iconURL: String? = nil,
        caseBaseURL: String? = nil, defaultLocale: ReminderLocale = .english, timeout: Duration = .seconds(30),
        caFile: String? = nil, allowsClearText: Bool = false
    ) throws(MattermostConfigurationError) {
        var problems: [MattermostConfigurationError.Problem] = []
        do throws(FieldError) {
            _ = try HTTPRequest(
                url: webhookURL ?? "https://localhost/", headers: [], body: [], timeout: timeout, caFile: caFile,
                allowsClearText: allowsClearText)
        } catch {
            problems.append(.init(field: MattermostConfiguration.name(of: error), description: error.problem.rawValue))
        }
        var channel: String?
        if let defaultChannel {
            do throws(RenderingError) {
                channel = try PostAddress(defaultChannel).channel
            } catch {
                problems.append(.init(field: "defaultChannel", description: error.description))
            }
        }
        // server/public/model/incoming_webhook.go: at most 64 bytes of name and 1,024 of picture.
        if let username, !(1...64).contains(username.utf8.count) || username.utf8.contains(where: { $0 < 0x20 }) {
            problems.append(.init(field: "username", description: "isn't 1 to 64 bytes without control characters"))
        }
        func link(_ text: String?, _ field: String) -> WebLink? {
            do throws(WebLinkError) {
                return try text.map { text throws(WebLinkError) in try WebLink(text) }
            } catch {
                problems.append(.init(field: field, description: "is no link: \(error)"))
                return nil
            }
        }
        let icon = link(iconURL, "iconURL")
        if let icon, icon.text.utf8.count > 1_024 {
            problems.append(.init(field: "iconURL", description: "has more than 1,024 bytes"))
        }
        let base = link(caseBaseURL, "caseBaseURL")
        guard problems.isEmpty else { throw MattermostConfigurationError(problems: problems) }
        self.webhookURL = webhookURL.map { Secret($0) }
        self.defaultChannel = channel
        self.username = username
        self.iconURL = icon?.text
        self.caseBaseURL = base
        self.defaultLocale = defaultLocale
        self.timeout = timeout
        self.caFile = caFile
        self.allowsClearText = allowsClearText
    }

    private static func name(of error: FieldError) -> String {
        switch error.field {
        case .timeout: "timeout"
        case .caFile: "caFile"
        default: "webhookURL"
        }
    }
}

/// Everything that is wrong with a configuration; it never repeats a value.
public struct MattermostConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One wrong value.
    public struct Problem: Hashable, Sendable {
        /// The property of `MattermostConfiguration` it is for.
        public let field: String
        /// What is wrong, as a predicate: `is malformed`.
        public let description: String
    }

    /// At least one.
    public let problems: [Problem]

    /// All on one line.
    public var description: String {
        problems.map { "\($0.field) \($0.description)" }.joined(separator: "; ")
    }
}
