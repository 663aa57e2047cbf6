import RemindersContracts
import RemindersDomain
import RemindersStore

extension RateLimiter {
    /// Looks for what was handed to the broker and is not there any more, because it lost its disk, a queue was deleted, or
    /// it was set up anew: PostgreSQL knows what is to be done, and the broker only carries it. Runs until the task is
    /// cancelled.
    public func lookForLostMessages() async {
        while !Task.isCancelled {
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
        let limit = 500
        var areMore = false
        if try await store.haveOccurrencesStalled(for: policy.patience) {
            let count = try await store.publishLostOccurrencesAgain(
                isQueueEmpty: try await messagesReady(Self.queue) == 0, after: policy.patience, limit: limit)
            tell(count, of: Self.queue)
            areMore = count == limit
        }
        let channels = policy.switches.installed
        for channel in try await store.stalledChannels(among: channels.kinds, for: policy.patience) {
            let queue = RemindersContracts.Queue.deliveries(of: channel, in: channels)
            let count = try await store.handOverLostDeliveriesAgain(
                through: channel, isQueueEmpty: try await messagesReady(queue) == 0, after: policy.patience,
                limit: limit)
            tell(count, of: queue)
            areMore = areMore || count >= limit
        }
        return areMore
    }

    private func tell(_ count: Int, of queue: RemindersContracts.Queue) {
        guard count > 0 else { return }
        RateLimitingMetrics.lost(queue).increment(by: count)
        logger.warning(
            "handed over again what the broker has lost",
            metadata: ["count": "\(count)", "amqp.queue": "\(queue.rawValue)"])
    }
}
