import Logging
import RemindersDomain
import RemindersEmailChannel
import RemindersGround
import RemindersSending
import RemindersServiceKit
import RemindersSettingsKit
import RemindersTransfer
import RemindersWording

/// The settings of mail: which server, and who the mail is from.
struct MailSettings: ChannelSettings {
    static let channel = ChannelDescription.email
    static let summary = "Sends reminders by mail."

    private let host: String
    private let port: Int
    private let user: String
    private let password: Secret
    private let accessToken: Secret
    private let usesTLS: Bool
    private let caFile: String
    private let fromAddress: String
    private let fromName: String
    private let replyTo: String
    private let messageIDDomain: String
    private let texts: TextDefaults
    private let templateDirectory: String
    /// Connections to the server at a time.
    private let connections: Int
    private let firstReplyTimeout: Duration

    init(reading settings: inout SettingsReader, isSending: Bool) {
        host = settings.string("EMAIL_SMTP_HOST", default: "", doc: "The mail server, a relay or submission service.")
        port = settings.integer(
            "EMAIL_SMTP_PORT", default: 587, in: 1...65535,
            doc: "Its port. 465 means TLS from the first byte, every other STARTTLS.")
        user = settings.string("EMAIL_SMTP_USER", default: "", doc: "The user to log in with; empty for none.")
        password = settings.secret(
            "EMAIL_SMTP_PASSWORD", default: Secret(""), doc: "The user's password.")
        accessToken = settings.secret(
            "EMAIL_SMTP_ACCESS_TOKEN", default: Secret(""),
            doc: "An OAuth 2 access token for XOAUTH2 instead of a password.")
        usesTLS = settings.bool(
            "EMAIL_SMTP_USE_TLS", default: true,
            doc: "TLS is required and verified; false sends in clear text: to a server on the same machine.")
        let allowsClearText = settings.bool(
            "EMAIL_SMTP_ALLOW_CLEAR_TEXT", default: false,
            doc: "Whether EMAIL_SMTP_USE_TLS=false may go to another machine, password and mail for everybody to read.")
        caFile = settings.string(
            "EMAIL_SMTP_CA_FILE", default: "", doc: "PEM certificates to trust instead of the system's.")
        fromAddress = settings.string(
            "EMAIL_SMTP_FROM_ADDRESS", default: "reminders@localhost.localdomain",
            doc: "The sender's address, to which undeliverable mail returns.")
        fromName = settings.string("EMAIL_SMTP_FROM_NAME", default: "Reminders", doc: "The name before it.")
        replyTo = settings.string("EMAIL_REPLY_TO", default: "", doc: "Where answers go, if not to the sender.")
        messageIDDomain = settings.string(
            "EMAIL_MESSAGE_ID_DOMAIN", default: "",
            doc: "What stands after the @ in Message-ID; empty for the domain of the sender's address.")
        texts = TextDefaults(reading: &settings)
        templateDirectory = settings.string(
            "REMINDERS_TEMPLATE_DIRECTORY", default: "", doc: "Templates of your own: see docs/templates.md.")
        connections = settings.integer(
            "EMAIL_SMTP_CONNECTIONS", default: 8, in: 1...100, doc: "Connections to the server at a time.")

        firstReplyTimeout = settings.duration(
            "EMAIL_SMTP_FIRST_REPLY_TIMEOUT", default: .seconds(10), in: .seconds(1)...(.seconds(60)),
            doc: "How long the server may take until it asks for the message; then the mail is put off.")

        if isSending, host.isEmpty {
            settings.refuse(
                "EMAIL_SMTP_HOST",
                "must be set when REMINDERS_ENABLED and REMINDERS_EMAIL_ENABLED are true and REMINDERS_DRY_RUN is false"
            )
        }
        if !host.isEmpty, !usesTLS, !allowsClearText, !LoopbackHost.includes(host) {
            settings.refuse(
                "EMAIL_SMTP_USE_TLS",
                ClearText.refusal(
                    of: [host], mend: "leave it true, so that TLS is required and verified",
                    setting: "EMAIL_SMTP_ALLOW_CLEAR_TEXT"))
        }
        if !host.isEmpty {
            do { _ = try server() } catch { settings.refuse("EMAIL_SMTP_HOST", "\(error)") }
        }
        do { _ = try configuration() } catch { settings.refuse("EMAIL_SMTP_FROM_ADDRESS", "\(error)") }
        do { _ = try templates() } catch { settings.refuse("REMINDERS_TEMPLATE_DIRECTORY", "\(error)") }
    }

    func makeClient(logger: Logger) -> TransferClient {
        TransferClient(logger: logger, maximumConnectionsPerHost: connections)
    }

    func makeChannel(sendingThrough client: TransferClient) throws -> any Channel {
        EmailChannel(
            configuration: try configuration(), templates: try templates(),
            transport: try server().map { (client: client, server: $0) })
    }

    /// The server; nil when none is named.
    private func server() throws(FieldError) -> SMTPServer? {
        guard !host.isEmpty else { return nil }
        var authentication = SMTPServer.Authentication.none
        if !user.isEmpty, !accessToken.isEmpty {
            authentication = .oauthBearer(user: user, token: accessToken)
        } else if !user.isEmpty {
            authentication = .password(user: user, password: password)
        }
        return try SMTPServer(
            host: host, port: port, security: usesTLS ? (port == 465 ? .implicitTLS : .startTLSRequired) : .none,
            authentication: authentication, caFile: caFile.isEmpty ? nil : caFile,
            firstReplyTimeout: firstReplyTimeout)
    }

    /// Who the mail is from.
    private func configuration() throws(ChannelConfigurationError) -> EmailConfiguration {
        func given(_ text: String) -> String? { text.isEmpty ? nil : text }
        return try EmailConfiguration(
            fromAddress: fromAddress, fromName: given(fromName), replyTo: given(replyTo),
            messageIDDomain: given(messageIDDomain), texts: texts)
    }

    /// The operator's templates, or ours.
    private func templates() throws -> EmailTemplates {
        templateDirectory.isEmpty ? .standard : try EmailTemplates(directory: templateDirectory)
    }
}
