import Logging
import RemindersAMQP
import RemindersContracts
import RemindersGround
import RemindersStore

/// A delivery whose message can never succeed.
public struct RefusedDelivery: Sendable {
    /// The message as it came.
    public let delivery: Delivery
    /// Why, naming the field and what would be right.
    public let reason: String

    /// This delivery is refused for this reason. One that was too large to be taken in is refused for that.
    public init(delivery: Delivery, reason: String) {
        self.delivery = delivery
        self.reason =
            delivery.isOversized
            ? "the body has \(delivery.bodySize) bytes, at most \(Limits.bodyBytes) are taken in" : reason
    }
}

/// Takes messages that can never succeed: each leaves a row, a line in the log and a copy in the dead-letter queue of
/// the queue it came from, and only then is acknowledged. Nothing else is disturbed by it.
public struct DeadLetterOffice: Sendable {
    private let store: ReminderStore
    private let publisher: Publisher
    /// Where the messages come from.
    public let queue: RemindersContracts.Queue
    private let logger: Logger
    private let storing: Duty

    /// What it has to get done.
    public var duties: [Duty] { [storing] }

    /// An office for the messages of `queue`.
    public init(store: ReminderStore, publisher: Publisher, queue: RemindersContracts.Queue, logger: Logger) {
        self.store = store
        self.publisher = publisher
        self.queue = queue
        self.logger = logger
        storing = Duty("dead letters", logger: logger)
    }

    /// Takes messages that the database refused, each with the error it refused it with.
    public func take(_ refused: [(element: Delivery, error: any Error)], from consumer: Consumer) async {
        guard !refused.isEmpty else { return }
        await take(
            refused.map { element, error in
                let isOurs = error is UnreadableRow || error is StoreError || error is EventAheadOfClock
                let reason = isOurs ? "\(error)" : "the database refuses it: \(error)"
                return RefusedDelivery(delivery: element, reason: reason)
            }, from: consumer)
    }

    /// Takes `refused`, which came through `consumer`. What could not be copied, or not be stored before the shutdown's
    /// deadline, goes back to its queue.
    public func take(_ refused: [RefusedDelivery], from consumer: Consumer) async {
        for refusal in refused {
            logger.warning(
                "message refused",
                metadata: [
                    "trace_id": "\(refusal.delivery.traceID ?? "")", "queue": "\(queue.rawValue)",
                    "reason": "\(refusal.reason)",
                    "message.id": "\(refusal.delivery.properties.messageID ?? "")",
                    "app.id": "\(refusal.delivery.properties.appID ?? "")",
                ])
        }
        let parts = await storing.inParts(refused) { part in
            try await store.rememberDeadLetters(part.map(DeadLetter.init), queue: queue.rawValue)
        }
        for (refusal, error) in parts.refused {
            // The copy in the broker is left, and this line.
            logger.error(
                "dead letter could not be stored",
                metadata: [
                    "queue": "\(queue.rawValue)", "message.id": "\(refusal.delivery.properties.messageID ?? "")",
                    "error": "\(error)",
                ])
        }
        consumer.reject(parts.left.map(\.delivery), requeue: true)
        let refused = parts.done.flatMap(\.elements) + parts.refused.map(\.element)
        // Of a message that was too large only the broker has the body: it moves it itself.
        consumer.reject(refused.map(\.delivery).filter(\.isOversized), requeue: false)
        let copies = refused.filter { !$0.delivery.isOversized }
        let outcomes = await publisher.publish(
            copies.map { Message(dead: $0.delivery, reason: $0.reason, from: queue) })
        var copied: [Delivery] = []
        var failed: [Delivery] = []
        for (refusal, outcome) in zip(copies, outcomes) {
            if outcome == .confirmed { copied.append(refusal.delivery) } else { failed.append(refusal.delivery) }
        }
        consumer.acknowledge(copied)
        consumer.reject(failed, requeue: true)
    }
}

extension DeadLetter {
    init(_ refusal: RefusedDelivery) {
        let properties = refusal.delivery.properties
        self.init(
            reason: refusal.reason, messageID: properties.messageID, type: properties.type,
            body: refusal.delivery.body, details: properties.jsonForDeadLetter,
            fingerprint: refusal.delivery.fingerprint)
    }
}

extension MessageProperties {
    /// What else a message needs that is published again: content type and headers (a CloudEvent in binary mode has its
    /// attributes there). PostgreSQL's JSON cannot hold U+0000, and our headers that are no texts are only for looking.
    fileprivate var jsonForDeadLetter: String {
        let texts = headers.entries.compactMap { entry in
            entry.value.string.map { JSONMember(entry.key.withoutNUL, .string($0.withoutNUL)) }
        }
        let names = texts.map(\.name)
        let once = texts.enumerated().filter { names.firstIndex(of: $0.element.name) == $0.offset }.map(\.element)
        let members = [
            contentType.map { JSONMember("content_type", .string($0.withoutNUL)) },
            JSONMember("headers", .object(once)),
        ]
        return String(decoding: JSONValue.object(members.compactMap { $0 }).bytes, as: UTF8.self)
    }
}

extension String {
    fileprivate var withoutNUL: String {
        String(String.UnicodeScalarView(unicodeScalars.filter { $0 != "\0" }))
    }
}
