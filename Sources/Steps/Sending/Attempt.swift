import Contracts
import Domain
import Logging
import Store

extension Sending {
    /// Renders the message and lets the channel try to hand it over.
    func attempt(_ claimed: ClaimedDelivery) async -> AttemptedDelivery {
        await Attempting(channel: channel, configuration: configuration, logger: logger).attempt(claimed)
    }
}

/// What is done about one claimed delivery, and what its end means. It knows a channel and the ladder, and nothing of
/// queues and ledger.
struct Attempting: Sendable {
    let channel: any Channel
    let configuration: Sending.Configuration
    let logger: Logger

    /// Renders the message and lets the channel try to hand it over; a dry run stops in between.
    func attempt(_ claimed: ClaimedDelivery) async -> AttemptedDelivery {
        if claimed.attempt > configuration.ladder.maximumAttempts {
            return ended(claimed, .dead, outcome: "unknown", reason: "its attempts kept dying with their sender")
        }
        if claimed.isInDoubt, configuration.ladder.unknownPolicy == .record {
            return ended(claimed, .unknown, outcome: "unknown", reason: "its sender died between hand-over and answer")
        }
        let request = claimed.decoded.request
        let message: RenderedMessage
        do {
            message = try channel.render(request)
        } catch {
            return ended(claimed, .rejected, outcome: "rejected", reason: "\(error.field): \(error.description)")
        }
        if configuration.isDryRun {
            let content = String(decoding: message.content, as: UTF8.self)
            logger.info(
                "dry run: not sent",
                metadata: [
                    "trace_id": "\(claimed.decoded.delivery.traceID ?? "")",
                    "delivery.id": "\(request.deliveryID)", "channel": "\(channel.kind.rawValue)",
                    "message": "\(content)",
                ])
            return ended(claimed, .dryRun, outcome: "dry_run", reason: nil, content: content)
        }
        return conclude(claimed, await channel.attempt(request, message: message))
    }

    /// What an outcome means for the delivery: its end, or another attempt.
    func conclude(_ claimed: ClaimedDelivery, _ outcome: AttemptOutcome) -> AttemptedDelivery {
        let word =
            switch outcome {
            case .delivered: "delivered"
            case .rejected: "rejected"
            case .deferred: "deferred"
            case .unknown: "unknown"
            }
        switch configuration.ladder.next(afterAttempt: claimed.attempt, outcome: outcome) {
        case .finished(let state):
            let isGivenUp = state == .dead || state == .unknown
            return ended(
                claimed, state, outcome: word, reason: isGivenUp ? "the last attempt failed" : nil,
                reply: outcome.reply)
        case .retry(let delay):
            let record = AttemptRecord(
                delivery: claimed.decoded.key, attempt: claimed.attempt, state: .requested, outcome: word,
                reason: "tried again after \(delay.name)", reply: outcome.reply)
            return AttemptedDelivery(claimed: claimed, record: record, retry: delay)
        }
    }

    private func ended(
        _ claimed: ClaimedDelivery, _ state: DeliveryState, outcome: String, reason: String? = nil,
        reply: String? = nil, content: String? = nil
    ) -> AttemptedDelivery {
        let record = AttemptRecord(
            delivery: claimed.decoded.key, attempt: claimed.attempt, state: state, outcome: outcome, reason: reason,
            reply: reply, content: content)
        return AttemptedDelivery(claimed: claimed, record: record, retry: nil)
    }
}
