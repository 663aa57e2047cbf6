import Logging
import RemindersContracts
import RemindersDomain
import RemindersStore

extension Sending {
    /// Renders the message and lets the channel try to hand it over.
    func attempt(_ claimed: ClaimedDelivery) async -> AttemptedDelivery {
        await Attempting(
            channel: channel, configuration: configuration, weigh: { [self] in weigh($0, of: $1) },
            admit: { [self] in admit($0) }, note: { [self] in note($0, $1) }, logger: logger
        ).attempt(claimed)
    }
}

/// What is done about one claimed delivery, and what its end means. It knows a channel and the ladder, and nothing of
/// queues and ledger.
struct Attempting: Sendable {
    let channel: any Channel
    let configuration: Sending.Configuration
    /// Says what an outcome tells about the channel, and whether it counts.
    let weigh: @Sendable (AttemptOutcome, DeliveryKey) -> ChannelHealth.Verdict
    /// Says whether anything is tried at a destination now.
    var admit: @Sendable (String) -> DestinationHealth.Admission
    /// Learns what an attempt says about its destination.
    var note: @Sendable (String, DestinationHealth.Sign) -> Void
    let logger: Logger

    /// Renders the message and lets the channel try to hand it over; a dry run stops in between, and what nobody wants
    /// any more ends before.
    func attempt(_ claimed: ClaimedDelivery) async -> AttemptedDelivery {
        guard let request = claimed.wanted else { return ended(claimed, .withdrawn, outcome: "withdrawn") }
        // Looked at when it was decided, too: but the address may have changed, or this sender been given another list.
        if let onlyTo = configuration.onlyTo,
            !onlyTo.allows(request.recipient, through: channel.kind, at: request.address)
        {
            return ended(claimed, .dropped, outcome: "dropped", reason: DropReason.notAllowedHere.rawValue)
        }
        if claimed.isInDoubt, configuration.ladder.unknownPolicy == .record {
            return ended(claimed, .unknown, outcome: "unknown", reason: "its sender died between hand-over and answer")
        }
        // What may have arrived is unknown, not dead.
        if claimed.deaths >= configuration.mostDeaths {
            return ended(claimed, .unknown, outcome: "unknown", reason: "its attempts kept dying with their sender")
        }
        if claimed.attempt > configuration.ladder.maximumAttempts {
            return claimed.isInDoubt
                ? ended(claimed, .unknown, outcome: "unknown", reason: "no attempt is left, and the last is in doubt")
                : ended(claimed, .dead, outcome: "deferred", reason: "no attempt is left")
        }
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
                    "delivery.id": "\(request.reminder.deliveryID)", "channel": "\(channel.kind.rawValue)",
                    "message": "\(content)",
                ])
            return ended(claimed, .dryRun, outcome: "dry_run", content: content)
        }
        let destination = channel.destination(of: request)
        if case .heldBack(let reply) = admit(destination) {
            // It says nothing about the channel.
            return counted(claimed, .deferred(after: nil, reply: reply))
        }
        let begun = ContinuousClock.now
        let outcome = await channel.attempt(request, message: message, while: claimed.isOurs)
        note(destination, outcome.sign(after: .now - begun))
        // Nothing went out, and whatever is known of it is another's to say: who has it now, or takes it next.
        if case .deferred = outcome, !claimed.isOurs() { return uncounted(claimed, outcome, .waits) }
        return conclude(claimed, outcome)
    }

    /// What an outcome means for the delivery: its end, or another attempt.
    func conclude(_ claimed: ClaimedDelivery, _ outcome: AttemptOutcome) -> AttemptedDelivery {
        switch weigh(outcome, claimed.decoded.key) {
        case .counts(let outcome): counted(claimed, outcome)
        case .again: uncounted(claimed, outcome, .again)
        case .waits: uncounted(claimed, outcome, .waits)
        }
    }

    /// What an outcome means that says something about the delivery.
    private func counted(_ claimed: ClaimedDelivery, _ outcome: AttemptOutcome) -> AttemptedDelivery {
        switch configuration.ladder.next(afterAttempt: claimed.attempt, outcome: outcome) {
        case .finished(let state):
            let isGivenUp = state == .dead || state == .unknown
            return ended(
                claimed, state, outcome: outcome.word, reason: isGivenUp ? "the last attempt failed" : nil,
                reply: outcome.reply)
        case .retry(let delay):
            let record = AttemptRecord(
                delivery: claimed.decoded.key, attempt: claimed.attempt, state: .requested, outcome: outcome.word,
                reason: "tried again after \(delay.name)", reply: outcome.reply, retriedAfter: delay.duration)
            return AttemptedDelivery(claimed: claimed, record: record, state: .requested, next: .retry(delay))
        case .uncounted:
            return uncounted(claimed, outcome, .again)
        }
    }

    /// The claim is given back: nothing was attempted that would count.
    private func uncounted(
        _ claimed: ClaimedDelivery, _ outcome: AttemptOutcome, _ next: AttemptedDelivery.Next
    ) -> AttemptedDelivery {
        let record = AttemptRecord(
            delivery: claimed.decoded.key, attempt: claimed.attempt, state: .requested, outcome: outcome.word,
            reason: nil, reply: outcome.reply)
        return AttemptedDelivery(claimed: claimed, record: record, state: .requested, next: next)
    }

    /// The end of the message: of its own delivery, and of all that a digest carries. What nobody wanted any more is
    /// withdrawn, whatever became of the rest; until now it might have been wanted again.
    private func ended(
        _ claimed: ClaimedDelivery, _ state: DeliveryState, outcome: String, reason: String? = nil,
        reply: String? = nil, content: String? = nil
    ) -> AttemptedDelivery {
        func end(of occurrence: Int64) -> (state: DeliveryState, reason: String?, reply: String?) {
            if let why = claimed.withdrawn[occurrence] { return (.withdrawn, why, nil) }
            return (state, reason, reply)
        }
        let carried = claimed.decoded.request.digest.map { item in
            let end = end(of: item.occurrenceID)
            return CarriedRecord(
                occurrenceID: item.occurrenceID, generation: item.generation, state: end.state, reason: end.reason,
                reply: end.reply)
        }
        let own = end(of: claimed.decoded.key.occurrenceID)
        let record = AttemptRecord(
            delivery: claimed.decoded.key, attempt: claimed.attempt, state: own.state, outcome: outcome,
            reason: own.reason, reply: own.reply, content: content, carried: carried)
        return AttemptedDelivery(claimed: claimed, record: record, state: state, next: .ended)
    }
}

extension AttemptOutcome {
    /// What it says about its destination.
    fileprivate func sign(after duration: Duration) -> DestinationHealth.Sign {
        switch self {
        case .silent: .silence
        // A line that breaks is no silence.
        case .unknown: duration >= Lanes.slowAfter ? .silence : .none
        case .delivered, .rejected, .refusedByPolicy: .answer
        case .deferred, .blocked: .none
        }
    }

    /// The log's word for it.
    fileprivate var word: String {
        switch self {
        case .delivered: "delivered"
        case .rejected, .refusedByPolicy: "rejected"
        case .deferred, .silent, .blocked: "deferred"
        case .unknown: "unknown"
        }
    }
}
