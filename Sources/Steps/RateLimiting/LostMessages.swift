import RemindersContracts
import RemindersDomain
import RemindersStore

extension RateLimiter {
    /// Looks for what was handed to the broker and is not there any more, because it lost its disk, a queue was deleted, or
    /// it was set up anew: PostgreSQL knows what is to be done, and the broker only carries it. Runs until the task is
    /// cancelled.
    public func lookForLostMessages() async {
        while !Task.isCancelled {
            guard await deployment?.released() ?? true else { return }
            switch await reconciling.attempt(reconcile) {
            case .done(true): continue
            case .done(false): try? await Task.sleep(for: min(policy.patience / 4, .seconds(30)))
            case .failed(let pause): try? await Task.sleep(for: pause)
            }
        }
    }

    /// - Returns: whether there may be more.
    private func reconcile() async throws -> Bool {
        guard publisher.isReady else { return false }
        let channels = policy.switches.installed
        let stalled = try await store.stalledChannels(among: channels.kinds, for: policy.patience)
        var areMore = false
        // Of a queue that cannot be asked about nothing is handed over; those of the others are.
        var failure: (any Error)?
        for channel in stalled {
            do {
                areMore =
                    try await handOver(.deliveries(of: channel, in: channels)) { isEmpty, limit in
                        try await store.handOverLostDeliveriesAgain(
                            through: channel, isQueueEmpty: isEmpty, after: policy.patience, limit: limit)
                    } || areMore
            } catch {
                failure = error
            }
        }
        if try await store.haveOccurrencesStalled(for: policy.patience) {
            areMore =
                try await handOver(Self.queue) { isEmpty, limit in
                    try await store.publishLostOccurrencesAgain(
                        isQueueEmpty: isEmpty, after: policy.patience, limit: limit)
                } || areMore
        }
        if let failure { throw failure }
        return areMore
    }

    /// - Parameter again: hands over what of the queue is lost: told whether it is empty, and how much at the most.
    /// - Returns: whether there may be more.
    private func handOver(
        _ queue: RemindersContracts.Queue, _ again: (_ isEmpty: Bool, _ limit: Int) async throws -> Int
    ) async throws -> Bool {
        let limit = 500
        let count = try await again(try await messagesReady(queue) == 0, limit)
        guard count > 0 else { return false }
        RateLimitingMetrics.lost(queue).increment(by: count)
        logger.warning(
            "handed over again what the broker has lost",
            metadata: ["count": "\(count)", "amqp.queue": "\(queue.rawValue)"])
        return count >= limit
    }
}
