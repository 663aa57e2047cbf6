import RemindersDomain
import RemindersStore

extension Sending {
    /// Writes the outcomes into ledger and log. It does not give up: an outcome that is not recorded would be sent
    /// again. While the database is away, the messages stay unacknowledged and no more are received than the prefetch.
    func record(_ attempted: [AttemptedDelivery]) async -> [RecordedDelivery] {
        var failures = 0
        while true {
            do {
                let recorded = try await store.recordAttemptsIfOwned(
                    attempted.map(\.record), owner: owner)
                inHand.withLock { $0.subtract(attempted.map(\.decoded.key)) }
                count(attempted)
                return attempted.map { RecordedDelivery($0, recorded) }
            } catch {
                failures += 1
                logger.error(
                    "outcomes could not be recorded yet",
                    metadata: ["count": "\(attempted.count)", "error": "\(error)"])
                if Task.isCancelled {
                    // The deadline of the shutdown: the messages come back to another sender, which finds the
                    // attempts in doubt.
                    return []
                }
                try? await Task.sleep(for: .milliseconds(min(100 << min(failures, 6), 5_000)))
            }
        }
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

extension RecordedDelivery {
    fileprivate init(_ attempted: AttemptedDelivery, _ recorded: [DeliveryKey: Instant]) {
        self.init(attempted: attempted, recordedAt: recorded[attempted.decoded.key])
        for key in attempted.decoded.carriedKeys { carriedAt[key.occurrenceID] = recorded[key] }
    }
}
