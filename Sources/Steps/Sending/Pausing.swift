import Logging
import RemindersAMQP
import RemindersBroker
import RemindersContracts
import RemindersDomain
import RemindersStore

/// A channel that cannot work until its operator has mended something makes a pause: nothing more is claimed, what was
/// claimed goes back uncounted, and its messages wait in their queue. One of them is tried now and then; when it gets
/// through, or fails for a reason of its own, the pause is over.
extension Sending {
    /// Why the channel makes a pause, and how long it has; nil while it works.
    public var pause: (reason: String, since: ContinuousClock.Instant)? {
        health.withLock { health in health.pause.map { ($0.reason, $0.since) } }
    }

    /// Takes note of how an attempt ended, and says once when a pause begins and once when it is over.
    func weigh(_ outcome: AttemptOutcome, of delivery: DeliveryKey) -> ChannelHealth.Verdict {
        let now = ContinuousClock.now
        let (verdict, before, after) = health.withLock { health in
            let before = health.pause
            let verdict = health.note(outcome, of: delivery, at: now)
            return (verdict, before, health.pause)
        }
        switch (before, after) {
        case (nil, .some(let pause)):
            SendingMetrics.paused(channel.kind).record(1)
            pauseChanges.put(pause.reason)
            logger.error(
                "channel paused: an operator has to look",
                metadata: ["channel": "\(channel.kind.rawValue)", "reason": "\(pause.reason)"])
        case (.some(let pause), nil):
            SendingMetrics.paused(channel.kind).record(0)
            pauseChanges.put(nil)
            logger.notice(
                "channel goes on",
                metadata: [
                    "channel": "\(channel.kind.rawValue)", "paused": "\((now - pause.since).components.seconds) s",
                    "trials": "\(pause.trials)", "reply": "\(outcome.reply)",
                ])
        default: break
        }
        return verdict
    }

    /// Shows in the database how the channel stands, whenever that changes, until `run` ends: explanations and lists of
    /// what waits say it.
    func showPauses() async {
        while let changes = await pauseChanges.take(upTo: .max), let last = changes.last {
            do {
                _ = try await showingPause.retrying { try await store.showPause(last, of: channel.kind, by: owner) }
            } catch {
                logger.error(
                    "a pause could not be shown",
                    metadata: ["channel": "\(channel.kind.rawValue)", "error": "\(error)"])
            }
        }
    }

    /// Waits until the next trial is due; not at all while the channel works or once the sender is to stop.
    func waitForTrial() async {
        guard let wait = health.withLock({ $0.nextTrial() }) else { return }
        _ = await unlessStopped {
            try? await Task.sleep(for: wait)
            return true
        }
    }

    /// Tries the first of these. The others go back to the queue at once: a broker takes back what a consumer keeps for
    /// long, and another sender may have better luck.
    func makeTrial(_ deliveries: [DecodedDelivery]) async {
        consumer.reject(deliveries.dropFirst().map(\.delivery), requeue: true)
        for claimed in await claim(Array(deliveries.prefix(1)), suspectFrom: configuration.unsuspectedAttempts + 1) {
            await finish([await attempt(claimed)])
        }
    }

    /// Gives back what the channel could not do anything about: the attempt is taken out of the ledger, and the message
    /// comes again, after a moment or when the channel works.
    func putBack(_ attempted: [AttemptedDelivery]) async {
        let parts = await recording.inParts(attempted) { part in
            try await store.putBackIfOwned(part.map { ($0.decoded.key, $0.record.attempt) }, owner: owner)
        }
        inHand.withLock { $0.remove(attempted.map(\.decoded.key)) }
        // What could not be taken out of the ledger comes again too: it is then found to be this sender's own.
        consumer.reject((parts.refused.map(\.element) + parts.left).map(\.decoded.delivery), requeue: true)
        let givenBack = parts.done.flatMap(\.elements)
        consumer.reject(givenBack.filter { $0.next == .waits }.map(\.decoded.delivery), requeue: true)
        let later = givenBack.filter { $0.next == .again }
        guard !later.isEmpty else { return }
        await passOn(
            later.map { attempted in
                let received = attempted.decoded.delivery
                let message = Message(
                    retrying: received, after: configuration.ladder.delays[0], attempts: attempted.record.attempt - 1,
                    from: queue)
                return (received, message)
            })
    }
}
