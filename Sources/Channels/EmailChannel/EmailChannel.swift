import RemindersContracts
import RemindersDomain
import RemindersHandover
import RemindersSending
import RemindersTransfer

/// Reaches people by mail.
public struct EmailChannel: Channel {
    private let configuration: EmailConfiguration
    private let renderer: MailRenderer
    private let transport: (client: TransferClient, server: SMTPServer)?

    /// Makes the channel. No connection is opened.
    ///
    /// - Parameters:
    ///   - templates: `.standard`, or those of the operator.
    ///   - transport: through what and to where; nil is enough for dry runs and previews, and every attempt is then
    ///     blocked.
    public init(
        configuration: EmailConfiguration, templates: EmailTemplates = .standard,
        transport: (client: TransferClient, server: SMTPServer)?
    ) {
        self.configuration = configuration
        self.transport = transport
        renderer = MailRenderer(configuration: configuration, templates: templates)
    }

    /// Mail.
    public var kind: ChannelKind { .email }

    /// As many as there are connections to the server.
    public var attemptsAtOnce: Int { transport?.client.maximumConnectionsPerHost ?? 1 }

    /// Closes the connections.
    public func cutOff() async { await transport?.client.close(within: .zero) }

    /// The domain of the address: behind one relay it is most often one domain that is slow.
    public func destination(of request: DeliveryRequested) -> String {
        request.address?.split(separator: "@").last?.lowercased() ?? ""
    }

    /// The whole message, headers and all.
    ///
    /// - Throws: `RenderingError` for an address outside the grammar, or a text that can't stand in a header.
    public func render(_ request: DeliveryRequested) throws(RenderingError) -> RenderedMessage {
        RenderedMessage(content: try renderer.render(request))
    }

    /// Hands the mail to the server. What the server said is cut to 500 characters.
    public func attempt(_ request: DeliveryRequested, message: RenderedMessage) async -> AttemptOutcome {
        await attempt(request, message: message, while: { true })
    }

    /// Hands the mail to the server, if it still is ours when a connection is free for it and the server has asked for it.
    public func attempt(
        _ request: DeliveryRequested, message: RenderedMessage, while isOurs: @escaping @Sendable () -> Bool
    ) async -> AttemptOutcome {
        guard let transport else { return .blocked(reply: "no mail server is configured") }
        let mail: Mail
        do throws(FieldError) {
            mail = try Mail(
                sender: configuration.fromAddress, recipient: request.address ?? "", content: message.content)
        } catch {
            return .rejected(reply: "\(error)")
        }
        let result = await transport.client.send(mail, through: transport.server, while: isOurs)
        return AttemptOutcome(result)
    }
}
