import AMQP
import Contracts
import Domain
import Store

/// A message whose body was understood.
struct DecodedDelivery: Sendable {
    let delivery: Delivery
    let request: DeliveryRequested

    var key: OccurrenceRecipient {
        OccurrenceRecipient(occurrenceID: request.occurrenceID, recipient: request.recipient)
    }
}

/// A delivery that is this process's to attempt.
struct ClaimedDelivery: Sendable {
    let decoded: DecodedDelivery
    let attempt: Int
    /// The attempt before this one may have gone out: its sender died.
    let isInDoubt: Bool
}

/// A delivery with what its attempt came to.
struct AttemptedDelivery: Sendable {
    let claimed: ClaimedDelivery
    let record: AttemptRecord
    /// When it is tried again; nil when it has ended.
    let retry: RetryDelay?

    var decoded: DecodedDelivery { claimed.decoded }
}

/// A delivery whose attempt is in the ledger and the log.
struct RecordedDelivery: Sendable {
    let attempted: AttemptedDelivery
    /// nil: another sender had taken it over, and records it.
    let recordedAt: Instant?
}
