import RemindersGround
import RemindersMattermostChannel
import RemindersServiceKit
import RemindersTransfer
import RemindersWording

/// The settings of posts: which webhook, and as whom.
struct PostSettings {
    private let webhookURL: Secret
    private let channel: String
    private let username: String
    private let iconURL: String
    private let caseBaseURL: String
    private let defaultLocale: ReminderLocale
    private let caFile: String
    private let allowsPrivate: Bool
    private let allowedHosts: [String]
    private let allowedNetworks: [String]

    /// Reads them, and refuses what does not go together.
    ///
    /// - Parameter isSending: whether posts are to leave, so that a webhook must be named.
    init(reading settings: inout SettingsReader, isSending: Bool) {
        webhookURL = settings.secret(
            "REMINDERS_MATTERMOST_WEBHOOK_URL", default: Secret(""),
            doc: "An incoming webhook, such as https://chat.example.org/hooks/xxx. Who has it can post.")
        channel = settings.string(
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
        caseBaseURL = settings.string(
            "REMINDERS_CASE_BASE_URL", default: "",
            doc: "What links to cases without a link of their own begin with: BASE/ENTITY_TYPE/ID.")
        defaultLocale = settings.choice(
            "REMINDERS_DEFAULT_LOCALE", default: ReminderLocale.english,
            doc: "The language for people whose own is not among these.")
        caFile = settings.string(
            "REMINDERS_MATTERMOST_CA_FILE", default: "", doc: "PEM certificates to trust instead of the system's.")
        allowsPrivate = settings.bool(
            "REMINDERS_MATTERMOST_ALLOW_PRIVATE", default: false,
            doc:
                "Posts may go to every address, private and loopback ones too, and by http: for trying things on one machine."
        )
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
        do { _ = try configuration() } catch { settings.refuse("REMINDERS_MATTERMOST_WEBHOOK_URL", "\(error)") }
        do { _ = try addressGuard() } catch { settings.refuse("REMINDERS_MATTERMOST_ALLOWED_NETWORKS", "\(error)") }
    }

    /// Where posts go and as whom.
    func configuration() throws(MattermostConfigurationError) -> MattermostConfiguration {
        func given(_ text: String) -> String? { text.isEmpty ? nil : text }
        return try MattermostConfiguration(
            webhookURL: given(webhookURL.reveal()), defaultChannel: given(channel), username: given(username),
            iconURL: given(iconURL), caseBaseURL: given(caseBaseURL), defaultLocale: defaultLocale,
            caFile: given(caFile), allowsClearText: allowsPrivate)
    }

    /// Which addresses posts may go to.
    func addressGuard() throws(FieldError) -> AddressGuard {
        allowsPrivate ? .all : try AddressGuard(allowingHosts: allowedHosts, networks: allowedNetworks)
    }
}
