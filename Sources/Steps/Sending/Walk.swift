import RemindersAMQP
import RemindersContracts
import RemindersDomain
import RemindersStore

/// A message whose body was understood. A class, because it goes through all steps: copying it as a struct would count up
/// and down each of its texts.
final class DecodedDelivery: Sendable {
    let delivery: Delivery
    let request: DeliveryRequested

    init(delivery: Delivery, request: DeliveryRequested) {
        self.delivery = delivery
        self.request = request
    }

    var key: DeliveryKey { key(request.reminder.occurrenceID, request.reminder.generation) }

    /// The delivery that it asks for.
    var requested: RequestedDelivery { RequestedDelivery(key: key, id: request.reminder.deliveryID) }

    /// What a digest carries beside its own delivery.
    var carriedKeys: [DeliveryKey] { request.digest.map { key($0.occurrenceID, $0.generation) } }

    private func key(_ occurrence: Int64, _ generation: Int) -> DeliveryKey {
        DeliveryKey(
            occurrenceID: occurrence, recipient: request.recipient, channel: request.channel, generation: generation)
    }
}

/// A delivery that is this process's to attempt, with those that a digest carries.
struct ClaimedDelivery: Sendable {
    let decoded: DecodedDelivery
    let attempt: Int
    /// How many attempts ended with the death of their sender, the one before this one among them; 0 when it did not.
    let deaths: Int
    /// The occurrences of the message that nobody wants any more, and why. Usually none.
    var withdrawn: [Int64: String] = [:]

    /// Whether nobody else can have taken it over since it was claimed.
    var isOurs: @Sendable () -> Bool = { true }

    /// The attempt before this one may have gone out: its sender died.
    var isInDoubt: Bool { deaths > 0 }

    /// What is to be shown of the message; nil when nobody wants any of it.
    var wanted: DeliveryRequested? {
        withdrawn.isEmpty ? decoded.request : decoded.request.keeping { withdrawn[$0] == nil }
    }
}

/// A delivery with what its attempt came to.
struct AttemptedDelivery: Sendable {
    let claimed: ClaimedDelivery
    let record: AttemptRecord
    /// What became of the message: the state of all that was wanted of it.
    let state: DeliveryState
    /// What comes after it.
    let next: Next

    /// What comes after an attempt.
    enum Next: Hashable, Sendable {
        /// Nothing: it has ended.
        case ended
        /// Another attempt, after this delay.
        case retry(RetryDelay)
        /// The same attempt once more, after a moment.
        case again
        /// The same attempt once more, when the channel works.
        case waits
    }

    /// Whether it was an attempt as the ladder counts them.
    var counts: Bool { next != .again && next != .waits }

    /// When it is tried again; nil when it has ended, or did not count.
    var retry: RetryDelay? { if case .retry(let delay) = next { delay } else { nil } }

    var decoded: DecodedDelivery { claimed.decoded }
}

/// A delivery whose attempt is in the ledger and the log.
struct RecordedDelivery: Sendable {
    let attempted: AttemptedDelivery
    /// nil: another sender had taken it over, and records it.
    let recordedAt: Instant?
    /// When what was carried was recorded, by occurrence.
    var carriedAt: [Int64: Instant] = [:]
}
