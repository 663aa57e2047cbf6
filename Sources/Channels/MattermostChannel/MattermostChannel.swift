import RemindersContracts
import RemindersDomain
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
    /// - Parameter client: nil is enough for dry runs and previews, and every attempt is then deferred.
    public init(configuration: MattermostConfiguration, client: TransferClient?) {
        self.configuration = configuration
        self.client = client
        renderer = PostRenderer(configuration: configuration)
        secret = configuration.webhookURL?.reveal().split(separator: "/").last.map(String.init) ?? ""
    }

    /// Mattermost.
    public var kind: ChannelKind { .mattermost }

    /// The JSON of the request.
    ///
    /// - Throws: `RenderingError` for an address that is no name in Mattermost.
    public func render(_ request: DeliveryRequested) throws(RenderingError) -> RenderedMessage {
        RenderedMessage(content: try renderer.render(request))
    }

    /// Posts the message. What the server said is cut to 500 characters, and never has the webhook's URL in it.
    public func attempt(_ request: DeliveryRequested, message: RenderedMessage) async -> AttemptOutcome {
        guard let client, let url = configuration.webhookURL else {
            return .deferred(after: nil, reply: "no Mattermost webhook is configured")
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
        let result = await client.perform(post)
        return MattermostChannel.outcome(result.outcome, reply: result.reply, secret: secret)
    }

    /// The outcome of a transfer as the ledger knows it. A refusal (400 no such user, 403 channel locked, 404 no such
    /// channel; server/channels/app/webhook.go of Mattermost) is final.
    ///
    /// - Parameter secret: the last part of the webhook's path, taken out of the reply.
    static func outcome(_ outcome: TransferResult.Outcome, reply: String, secret: String) -> AttemptOutcome {
        let parts = secret.isEmpty ? [reply[...]] : reply.split(separator: secret, omittingEmptySubsequences: false)
        let reply = parts.joined(separator: "…").clipped(to: longestReply)
        return switch outcome {
        case .delivered: .delivered(reply: reply)
        case .rejected: .rejected(reply: reply)
        case .deferred(let after): .deferred(after: after, reply: reply)
        case .unknown: .unknown(reply: reply)
        }
    }

    /// Characters of a reply that are kept.
    static let longestReply = 500
    private static let headers: [(name: String, value: String)] = [("Content-Type", "application/json")]
}
