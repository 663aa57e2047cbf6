import RemindersAMQP
import RemindersContracts
import RemindersDomain

/// Messages that go on from a queue: round a retry queue, or to the dead letters. Body and properties stay as they are.
extension Message {
    /// `delivery`, to come back to `queue` after `delay`.
    ///
    /// - Parameter attempts: how often it was tried so far; for people who look into the queue, the ledger counts.
    public init(
        retrying delivery: Delivery, after delay: RetryDelay, attempts: Int, from queue: RemindersContracts.Queue
    ) {
        var properties = delivery.properties.withoutBrokerHeaders
        if attempts > 0 { properties.headers[Header.attempt] = .int64(Int64(attempts)) }
        self.init(
            exchange: RemindersContracts.Exchange.retry.rawValue, routingKey: queue.retryQueue(after: delay),
            body: delivery.body, properties: properties)
    }

    /// `delivery`, for the dead-letter queue of `queue`.
    ///
    /// - Parameter reason: cut to 1,000 characters.
    public init(dead delivery: Delivery, reason: String, from queue: RemindersContracts.Queue) {
        var properties = delivery.properties.withoutBrokerHeaders
        properties.headers[Header.reason] = .string(String(reason.prefix(1000)))
        self.init(
            exchange: RemindersContracts.Exchange.dead.rawValue, routingKey: queue.rawValue, body: delivery.body,
            properties: properties)
    }
}

extension MessageProperties {
    /// Without what the broker wrote about earlier rounds: with each round it would grow.
    fileprivate var withoutBrokerHeaders: MessageProperties {
        var properties = self
        for name in [
            "x-death", "x-first-death-exchange", "x-first-death-queue", "x-first-death-reason",
            "x-last-death-exchange", "x-last-death-queue", "x-last-death-reason", "x-delivery-count",
        ] {
            properties.headers[name] = nil
        }
        return properties
    }
}
