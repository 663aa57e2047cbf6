import RemindersContracts
import RemindersDomain
import RemindersHandover
import RemindersSending
import RemindersTransfer

extension ChannelDescription {
    /// What everybody else has to know about it.
    static let webhook = ChannelDescription(
        kind: ChannelKind(rawValue: "webhook")!, name: "Webhook", way: "to a webhook", switchWord: "WEBHOOK",
        address: .required)
}

/// A channel of somebody else's package: JSON by POST to the person's own address.
struct WebhookChannel: Channel {
    let client: TransferClient

    var kind: ChannelKind { ChannelDescription.webhook.kind }

    func render(_ request: DeliveryRequested) throws(RenderingError) -> RenderedMessage {
        var json = JSONWriter()
        json.beginObject()
        json.write("id", request.reminder.deliveryID.description)
        json.write("title", request.reminder.title)
        json.write("case", request.reminder.about.reference.id)
        json.endObject()
        return RenderedMessage(content: json.bytes)
    }

    func attempt(_ request: DeliveryRequested, message: RenderedMessage) async -> AttemptOutcome {
        do throws(FieldError) {
            let post = try HTTPRequest(
                url: request.address ?? "", headers: [("Content-Type", "application/json")], body: message.content,
                allowsClearText: true)
            return AttemptOutcome(await client.perform(post))
        } catch {
            return .rejected(reply: "\(error)")
        }
    }
}
