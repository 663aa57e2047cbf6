import RemindersBroker
import RemindersDomain
import RemindersStore

extension Sending {
    /// Writes the outcomes into ledger and log. It does not give up: an outcome that is not recorded would be sent
    /// again. While the database is away, the messages stay unacknowledged and no more are received than the prefetch.
    ///
    /// What the database refuses for good is recorded without the texts that came from outside. If that is refused too,
    /// the message goes to the dead letters: nobody sends it again without being asked to.
    func record(_ attempted: [AttemptedDelivery]) async -> [RecordedDelivery] {
        let parts = await recording.inParts(attempted, write)
        var recorded = parts.done.flatMap(\.value)
        guard !parts.refused.isEmpty else { return recorded }
        let bare = parts.refused.map { $0.element.withoutTexts(refusedBecause: "\($0.error)") }
        let again = await recording.inParts(bare, write)
        recorded += again.done.flatMap(\.value)
        inHand.withLock { $0.remove(again.refused.map(\.element.decoded.key)) }
        await deadLetters.take(
            again.refused.map { attempted, error in
                RefusedDelivery(
                    delivery: attempted.decoded.delivery,
                    reason: "attempt \(attempted.record.attempt) came to “\(attempted.record.outcome)”, which the "
                        + "database does not take: \(error)")
            }, from: consumer)
        // What is left when the shutdown's deadline has come goes to another sender, which finds the attempts in doubt.
        return recorded
    }

    private func write(_ attempted: [AttemptedDelivery]) async throws -> [RecordedDelivery] {
        let recorded = try await store.recordAttemptsIfOwned(
            attempted.map(\.record), owner: owner)
        inHand.withLock { $0.remove(attempted.map(\.decoded.key)) }
        count(attempted)
        return attempted.map { RecordedDelivery($0, recorded) }
    }

    private func count(_ attempted: [AttemptedDelivery]) {
        var counts: [DeliveryState: Int] = [:]
        for delivery in attempted {
            counts[delivery.record.state, default: 0] += 1
            for part in delivery.record.carried { counts[part.state, default: 0] += 1 }
        }
        for (state, count) in counts {
            SendingMetrics.outcomes(channel.kind, state).increment(by: count)
        }
    }
}

extension AttemptedDelivery {
    /// The same end, without what the other side said and what was shown.
    fileprivate func withoutTexts(refusedBecause error: String) -> AttemptedDelivery {
        let record = AttemptRecord(
            delivery: record.delivery, attempt: record.attempt, state: record.state, outcome: record.outcome,
            reason: "the record with its texts was refused: \(error)", reply: nil, content: nil,
            retriedAfter: record.retriedAfter,
            carried: record.carried.map {
                CarriedRecord(
                    occurrenceID: $0.occurrenceID, generation: $0.generation, state: $0.state, reason: nil, reply: nil)
            })
        return AttemptedDelivery(claimed: claimed, record: record, state: state, next: next)
    }
}

extension RecordedDelivery {
    fileprivate init(_ attempted: AttemptedDelivery, _ recorded: [DeliveryKey: Instant]) {
        self.init(attempted: attempted, recordedAt: recorded[attempted.decoded.key])
        for key in attempted.decoded.carriedKeys { carriedAt[key.occurrenceID] = recorded[key] }
    }
}
