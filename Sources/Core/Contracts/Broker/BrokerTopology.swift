import RemindersDomain

/// What is declared on the broker, with all arguments: declaring a queue again with others is an error
/// (AMQP 0-9-1, 406 PRECONDITION_FAILED), so every service takes them from here.
public enum BrokerTopology {
    /// An argument of a queue.
    public struct Argument: Hashable, Sendable {
        /// The value of an argument.
        public enum Value: Hashable, Sendable {
            /// An AMQP long string.
            case text(String)
            /// An AMQP signed 64-bit integer.
            case integer(Int64)
        }

        /// Its name, `x-…`.
        public let name: String
        /// Its value.
        public let value: Value

        fileprivate static func text(_ name: String, _ text: String) -> Argument {
            Argument(name: name, value: .text(text))
        }

        fileprivate static func integer(_ name: String, _ number: Int64) -> Argument {
            Argument(name: name, value: .integer(number))
        }
    }

    /// A binding of a queue to an exchange.
    public struct Binding: Hashable, Sendable {
        /// Where messages come from.
        public let exchange: Exchange
        /// Which of them.
        public let routingKey: String
    }

    /// A durable queue.
    public struct QueueDeclaration: Hashable, Sendable {
        /// Its name.
        public let name: String
        /// Its arguments.
        public let arguments: [Argument]
        /// Its only binding.
        public let binding: Binding
    }

    /// How often the broker hands a message out again that no consumer settled, before it dead-letters it: as good as
    /// never. The ledger counts attempts, and a killed consumer ages all messages it had in hand, so a low limit would
    /// take deliveries away from the ledger. Without the argument RabbitMQ 4 limits to 20; 3.10 knows no -1.
    public static let deliveryLimit: Int64 = 1_000_000

    /// The queues that belong to a service's queue: itself, one for each retry delay where something is tried again,
    /// and the one of dead letters.
    public static func queues(of queue: Queue) -> [QueueDeclaration] {
        let delays = queue.hasRetries ? RetryLadder.standard.delays : []
        return [work(queue)] + delays.map { retry(queue, after: $0) } + [dead(queue)]
    }

    /// All queues of all services, in an installation with these channels.
    public static func allQueues(of channels: ChannelRegistry = .standard) -> [QueueDeclaration] {
        Queue.all(of: channels).flatMap(queues(of:))
    }

    private static func work(_ queue: Queue) -> QueueDeclaration {
        QueueDeclaration(
            name: queue.rawValue,
            arguments: quorum + handOver(to: Exchange.dead.rawValue, queue.rawValue)
                + [.integer("x-delivery-limit", deliveryLimit)],
            binding: Binding(exchange: queue.exchange, routingKey: queue.bindingKey))
    }

    /// Hands expired messages to the default exchange, and so to the queue they came from and to no other.
    private static func retry(_ queue: Queue, after delay: RetryDelay) -> QueueDeclaration {
        let name = queue.retryQueue(after: delay)
        return QueueDeclaration(
            name: name,
            arguments: quorum + handOver(to: "", queue.rawValue) + [.integer("x-message-ttl", delay.milliseconds)],
            binding: Binding(exchange: .retry, routingKey: name))
    }

    private static func dead(_ queue: Queue) -> QueueDeclaration {
        QueueDeclaration(
            name: queue.deadLetterQueue, arguments: quorum,
            binding: Binding(exchange: .dead, routingKey: queue.rawValue))
    }

    private static let quorum: [Argument] = [.text("x-queue-type", "quorum")]

    /// Dead-lettering that loses nothing needs both the strategy and the overflow behaviour
    /// (https://www.rabbitmq.com/docs/quorum-queues#activating-at-least-once-dead-lettering).
    private static func handOver(to exchange: String, _ routingKey: String) -> [Argument] {
        [
            .text("x-dead-letter-exchange", exchange),
            .text("x-dead-letter-routing-key", routingKey),
            .text("x-dead-letter-strategy", "at-least-once"),
            .text("x-overflow", "reject-publish"),
        ]
    }
}
