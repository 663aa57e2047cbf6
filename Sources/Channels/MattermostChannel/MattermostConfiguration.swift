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
    /// Its language and links, where nobody has said otherwise.
    public let texts: TextDefaults
    /// Longest time for one post.
    public let timeout: Duration
    /// File of PEM certificates to trust instead of the system's.
    public let caFile: String?
    /// Lets `http:` through, for a receiver on the same machine.
    public let allowsClearText: Bool

    /// Checks every value.
    ///
    /// - Parameter defaultChannel: as in a delivery's address: `~town-square`, `@anna`.
    /// - Throws: `ChannelConfigurationError` with everything that is wrong.
    public init(
        webhookURL: String?, defaultChannel: String? = nil, username: String? = nil, iconURL: String? = nil,
        texts: TextDefaults = TextDefaults(), timeout: Duration = .seconds(30),
        caFile: String? = nil, allowsClearText: Bool = false
    ) throws(ChannelConfigurationError) {
        var problems: [ChannelConfigurationError.Problem] = []
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
        var icon: String?
        do throws(WebLinkError) {
            icon = try iconURL.map { text throws(WebLinkError) in try WebLink(text).text }
        } catch {
            problems.append(.init(field: "iconURL", description: "is no link: \(error)"))
        }
        if let icon, icon.utf8.count > 1_024 {
            problems.append(.init(field: "iconURL", description: "has more than 1,024 bytes"))
        }
        guard problems.isEmpty else { throw ChannelConfigurationError(problems) }
        self.webhookURL = webhookURL.map { Secret($0) }
        self.defaultChannel = channel
        self.username = username
        self.iconURL = icon
        self.texts = texts
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
