import RemindersContracts
import RemindersDomain
import RemindersHandover
import RemindersSending
import RemindersTransfer

/// Reaches people in Mattermost, through an incoming webhook.
public struct MattermostChannel: Channel {
    private let configuration: MattermostConfiguration
    private let renderer: PostRenderer
    private let client: TransferClient?
    private let secret: String

    /// Makes the channel. No connection is opened.
    ///
    /// - Parameter client: nil is enough for dry runs and previews, and every attempt is then blocked.
    public init(configuration: MattermostConfiguration, client: TransferClient?) {
        self.configuration = configuration
        self.client = client
        renderer = PostRenderer(configuration: configuration)
        secret = configuration.webhookURL?.reveal().split(separator: "/").last.map(String.init) ?? ""
    }

    /// Mattermost.
    public var kind: ChannelKind { .mattermost }

    /// As many as there are connections to the server.
    public var attemptsAtOnce: Int { client?.maximumConnectionsPerHost ?? 1 }

    /// Closes the connections.
    public func cutOff() async { await client?.close(within: .zero) }

    /// The JSON of the request.
    ///
    /// - Throws: `RenderingError` for an address that is no name in Mattermost.
    public func render(_ request: DeliveryRequested) throws(RenderingError) -> RenderedMessage {
        RenderedMessage(content: try renderer.render(request))
    }

    /// Posts the message. What the server said is cut to 500 characters, and never has the webhook's URL in it.
    public func attempt(_ request: DeliveryRequested, message: RenderedMessage) async -> AttemptOutcome {
        await attempt(request, message: message, while: { true })
    }

    /// Posts the message, if it still is ours when its turn comes.
    public func attempt(
        _ request: DeliveryRequested, message: RenderedMessage, while isOurs: @escaping @Sendable () -> Bool
    ) async -> AttemptOutcome {
        guard let client, let url = configuration.webhookURL else {
            return .blocked(reply: "no Mattermost webhook is configured")
        }
        let post: HTTPRequest
        do throws(FieldError) {
            post = try HTTPRequest(
                url: url.reveal(), headers: MattermostChannel.headers, body: message.content,
                timeout: configuration.timeout, maximumResponseBytes: 4_096, caFile: configuration.caFile,
                allowsClearText: configuration.allowsClearText)
        } catch {
            return .rejected(reply: "\(error)")
        }
        let result = await client.perform(post, while: isOurs)
        return MattermostChannel.outcome(result, to: request.address, secret: secret)
    }

    /// The outcome of a post as the ledger knows it. Mattermost says by an id whose fault a refusal is; it has the same
    /// statuses for both (`HandleIncomingWebhook` in server/channels/app/webhook.go): a name that nobody has is the
    /// person's, a webhook that is gone, switched off or tied to another channel is the operator's.
    ///
    /// - Parameters:
    ///   - address: whom it was for; nil for the webhook's own channel.
    ///   - secret: the last part of the webhook's path, taken out of the reply.
    static func outcome(_ result: TransferResult, to address: String?, secret: String) -> AttemptOutcome {
        let body = String(decoding: result.responseBody, as: UTF8.self)
        return outcome(
            result.outcome, fault: result.fault, reply: result.reply, body: body, to: address, secret: secret)
    }

    static func outcome(
        _ outcome: TransferResult.Outcome, fault: TransferResult.Fault, reply: String, body: String,
        to address: String?, secret: String
    ) -> AttemptOutcome {
        var (outcome, fault) = (outcome, fault)
        func says(_ id: String) -> Bool { body.contains("\"web.incoming_webhook.\(id).app_error\"") }
        if outcome == .rejected || fault == .settings {
            if says("user") || (says("channel") && address != nil) || says("text") || says("parse") {
                (outcome, fault) = (.rejected, .none)
            } else if body.contains("\"web.incoming_webhook.") {
                fault = .settings
            }
        }
        return AttemptOutcome(outcome, fault: fault, reply: reply, withholding: secret)
    }

    private static let headers: [(name: String, value: String)] = [("Content-Type", "application/json")]
}
