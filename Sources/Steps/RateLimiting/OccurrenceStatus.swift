import RemindersDomain
import RemindersStore

/// What an occurrence's row in the queue says; of several recipients the one that is furthest from done counts.
enum OccurrenceStatus: Comparable {
    case failed(reason: String)
    case sent
    case waits(reason: String)
    case rateLimited

    init(_ verdict: DeliveryVerdict) {
        switch verdict {
        case .send: self = .sent
        case .hold(_, .rateLimited): self = .rateLimited
        case .hold(_, let reason): self = .waits(reason: reason.rawValue)
        case .withdraw, .reject, .drop: self = .failed(reason: verdict.reason ?? "")
        }
    }

    /// Of a delivery that stays as it is.
    init(_ delivery: StoredDelivery) {
        let reason = delivery.reason ?? ""
        self =
            switch delivery.state {
            case .held where reason == HoldReason.rateLimited.rawValue: .rateLimited
            case .held: .waits(reason: reason)
            case .withdrawn, .rejected, .dropped: .failed(reason: reason)
            case .requested, .sending, .sent, .dryRun, .dead, .unknown: .sent
            }
    }

    var word: String {
        switch self {
        case .failed: "failed"
        case .sent: "sent"
        case .waits: "processing"
        case .rateLimited: "rate_limited"
        }
    }

    var reason: String? {
        switch self {
        case .failed(let reason), .waits(let reason): reason
        case .sent: nil
        case .rateLimited: HoldReason.rateLimited.rawValue
        }
    }
}
