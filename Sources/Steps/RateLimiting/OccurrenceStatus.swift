import RemindersDomain
import RemindersStore

/// What an occurrence's row in the queue says; of several recipients the one that is furthest from done counts.
enum OccurrenceStatus: Comparable {
    case failed(reason: String)
    case sent
    case waits(reason: String)
    case rateLimited(reason: String)

    init(_ verdict: DeliveryVerdict) {
        switch verdict {
        case .send: self = .sent
        case .hold(_, let reason): self = .init(waitsFor: reason.rawValue)
        case .withdraw, .reject, .drop: self = .failed(reason: verdict.reason ?? "")
        }
    }

    /// Of a delivery that stays as it is.
    init(_ delivery: StoredDelivery) {
        let reason = delivery.reason ?? ""
        self =
            switch delivery.state {
            case .held: .init(waitsFor: reason)
            case .withdrawn, .rejected, .dropped: .failed(reason: reason)
            case .requested, .sending, .sent, .dryRun, .dead, .unknown: .sent
            }
    }

    private init(waitsFor reason: String) {
        let isOfLimit = HoldReason(rawValue: reason).map(HoldReason.ofLimit.contains) ?? false
        self = isOfLimit ? .rateLimited(reason: reason) : .waits(reason: reason)
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
        case .failed(let reason), .waits(let reason), .rateLimited(let reason): reason
        case .sent: nil
        }
    }
}
