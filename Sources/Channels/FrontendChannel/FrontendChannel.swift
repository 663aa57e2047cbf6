import RemindersContracts
import RemindersDomain
import RemindersSending
import RemindersStore

/// Reaches people in their browser: a pop-up on their list, which every frontend-push shows where they are connected.
///
/// A person without an open page sees it when they open one; the delivery has ended when the list has it.
public struct FrontendChannel: Channel {
    private let writer: PopupWriter

    /// Makes the channel.
    ///
    /// - Parameters:
    ///   - store: where the lists are.
    ///   - announce: tells every frontend-push what is new on the lists. It need not arrive: each looks for itself now
    ///     and then.
    public init(store: ReminderStore, announce: @escaping @Sendable ([PopupShown]) async -> Void) {
        writer = PopupWriter(write: { try await store.writePopups($0) }, announce: announce)
    }

    /// The browser.
    public var kind: ChannelKind { .frontend }

    /// What four transactions write: attempts are rows, and many of them one statement.
    public var attemptsAtOnce: Int { 4 * PopupWriter.batchSize }

    /// The pop-up as JSON, without its number, which it gets on the list.
    ///
    /// - Throws: `RenderingError` for a recipient without a list: a raw mail address.
    public func render(_ request: DeliveryRequested) throws(RenderingError) -> RenderedMessage {
        guard let userID = request.recipient.userID else {
            throw RenderingError(field: "recipient", description: "a mail address has no pop-ups; name a user")
        }
        return RenderedMessage(content: PopupText.json(request, userID: userID.text))
    }

    /// Writes the pop-up to the person's list, together with all that come at the same time.
    public func attempt(_ request: DeliveryRequested, message: RenderedMessage) async -> AttemptOutcome {
        guard let userID = request.recipient.userID else {
            return .rejected(reply: "recipient has no list of pop-ups")
        }
        do {
            return .delivered(
                reply:
                    "on the list as pop-up \(try await writer.write(NewPopup(userID: userID.text, request.reminder)))")
        } catch {
            return .deferred(after: nil, reply: "the list could not be written: \(error)")
        }
    }
}
