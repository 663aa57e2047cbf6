import Foundation
import Logging
import RemindersDomain
import RemindersGround
import RemindersMattermostChannel
import RemindersSending
import RemindersServiceKit
import RemindersSettingsKit
import RemindersTransfer
import RemindersWording

/// The settings of posts: which webhook, and as whom.
struct PostSettings: ChannelSettings {
    static let channel = ChannelDescription.mattermost
    static let summary = "Posts reminders to Mattermost."

    private let webhookURL: Secret
    private let defaultChannel: String
    private let username: String
    private let iconURL: String
    private let texts: TextDefaults
    private let caFile: String
    private let allowsPrivate: Bool
    private let allowsClearText: Bool
    private let allowedHosts: [String]
    private let allowedNetworks: [String]

    init(reading settings: inout SettingsReader, isSending: Bool) {
        webhookURL = settings.secret(
            "REMINDERS_MATTERMOST_WEBHOOK_URL", default: Secret(""),
            doc: "An incoming webhook, such as https://chat.example.org/hooks/xxx. Who has it can post.")
        defaultChannel = settings.string(
            "REMINDERS_MATTERMOST_CHANNEL", default: "",
            doc:
                "Where posts to people without a Mattermost name go, such as ~town-square; empty for the webhook's own."
        )
        username = settings.string(
            "REMINDERS_MATTERMOST_USERNAME", default: "",
            doc: "The name posts appear under, if the server allows that; empty for the webhook's own.")
        iconURL = settings.string(
            "REMINDERS_MATTERMOST_ICON_URL", default: "",
            doc: "The picture posts appear with, if the server allows that; empty for the webhook's own.")
        texts = TextDefaults(reading: &settings)
        caFile = settings.string(
            "REMINDERS_MATTERMOST_CA_FILE", default: "", doc: "PEM certificates to trust instead of the system's.")
        allowsPrivate = settings.bool(
            "REMINDERS_MATTERMOST_ALLOW_PRIVATE", default: false,
            doc:
                "Posts may go to every address, private and loopback ones too, and by http to this machine, for trying things."
        )
        allowsClearText = settings.bool(
            "REMINDERS_MATTERMOST_ALLOW_CLEAR_TEXT", default: false,
            doc: "Whether an http webhook may be on another machine, its secret and all posts for everybody to read.")
        allowedHosts = settings.list(
            "REMINDERS_MATTERMOST_ALLOWED_HOSTS", default: [],
            doc: "Names of servers of your own that may have a private address.")
        allowedNetworks = settings.list(
            "REMINDERS_MATTERMOST_ALLOWED_NETWORKS", default: [],
            doc: "Private networks that posts may go to, such as 10.20.0.0/16.")

        if isSending, webhookURL.isEmpty {
            settings.refuse(
                "REMINDERS_MATTERMOST_WEBHOOK_URL",
                "must be set when REMINDERS_ENABLED and REMINDERS_MATTERMOST_ENABLED are true and REMINDERS_DRY_RUN is false"
            )
        }
        if let reason = refusalOfClearText {
            settings.refuse("REMINDERS_MATTERMOST_WEBHOOK_URL", reason)
        } else {
            do { _ = try configuration() } catch { settings.refuse("REMINDERS_MATTERMOST_WEBHOOK_URL", "\(error)") }
        }
        do { _ = try addressGuard() } catch { settings.refuse("REMINDERS_MATTERMOST_ALLOWED_NETWORKS", "\(error)") }
    }

    func makeClient(logger: Logger) throws -> TransferClient {
        TransferClient(logger: logger, addressGuard: try addressGuard())
    }

    func makeChannel(sendingThrough client: TransferClient) throws -> any Channel {
        MattermostChannel(configuration: try configuration(), client: client)
    }

    /// Where posts go and as whom.
    private func configuration() throws(ChannelConfigurationError) -> MattermostConfiguration {
        func given(_ text: String) -> String? { text.isEmpty ? nil : text }
        return try MattermostConfiguration(
            webhookURL: given(webhookURL.reveal()), defaultChannel: given(defaultChannel), username: given(username),
            iconURL: given(iconURL), texts: texts,
            caFile: given(caFile), allowsClearText: refusalOfClearText == nil)
    }

    /// Why the webhook may not be an http one; nil where it may, or is none.
    private var refusalOfClearText: String? {
        guard let url = URL(string: webhookURL.reveal()), url.scheme?.lowercased() == "http" else { return nil }
        let host = url.host() ?? ""
        if allowsClearText { return nil }
        guard LoopbackHost.includes(host) else {
            return ClearText.refusal(
                of: [host], mend: "use https", setting: "REMINDERS_MATTERMOST_ALLOW_CLEAR_TEXT")
        }
        return allowsPrivate
            ? nil : "is http: for trying things on this machine, set REMINDERS_MATTERMOST_ALLOW_PRIVATE=true"
    }

    /// Which addresses posts may go to.
    private func addressGuard() throws(FieldError) -> AddressGuard {
        allowsPrivate ? .all : try AddressGuard(allowingHosts: allowedHosts, networks: allowedNetworks)
    }
}
