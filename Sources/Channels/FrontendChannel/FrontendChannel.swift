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
        guard let popups = NewPopup.all(of: request) else {
            return .rejected(reply: "recipient and delivery_id are not those of a pop-up")
        }
        do {
            return .delivered(reply: "on the list as pop-up \(try await writer.write(popups))")
        } catch {
            return .deferred(after: nil, reply: "the list could not be written: \(error)")
        }
    }
}

extension NewPopup {
    /// What a request puts on the list; nil for a recipient that has none.
    static func all(of request: DeliveryRequested) -> [NewPopup]? {
        guard let userID = request.recipient.userID, let id = DeliveryID(request.deliveryID) else { return nil }
        return [
            NewPopup(
                userID: userID.text, occurrenceID: request.occurrenceID, deliveryID: id, reminderID: request.reminderID,
                title: request.title, message: request.message, priority: request.priority,
                about: request.about.reference, caseTitle: request.about.title, caseStatus: request.about.status,
                caseURL: request.about.url, trigger: request.trigger, dueAt: request.dueAt)
        ]
    }
}
