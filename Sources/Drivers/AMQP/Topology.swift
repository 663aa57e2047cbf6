/// What a connection declares before it is used, and again after each reconnect.
public struct Topology: Hashable, Sendable {
    /// Declared first.
    public var exchanges: [Exchange]
    /// Declared second.
    public var queues: [Queue]
    /// Declared last.
    public var bindings: [Binding]
    /// Only check that exchanges and queues are there: for users without the right to configure. Bindings can't be
    /// checked and are left alone then.
    public var passive: Bool

    /// Takes the parts as they are.
    public init(exchanges: [Exchange] = [], queues: [Queue] = [], bindings: [Binding] = [], passive: Bool = false) {
        self.exchanges = exchanges
        self.queues = queues
        self.bindings = bindings
        self.passive = passive
    }
}

/// An exchange.
public struct Exchange: Hashable, Sendable {
    /// How an exchange routes (AMQP 0-9-1 section 3.1.3).
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// By pattern: `*` is one word of the routing key, `#` any number.
        case topic
        /// To every bound queue.
        case fanout
        /// To the queues bound by exactly the routing key.
        case direct
        /// By header values.
        case headers
    }

    /// At most 255 bytes; `amq.` is the broker's own prefix.
    public var name: String
    /// How it routes.
    public var kind: Kind
    /// Whether it survives a restart of the broker.
    public var durable: Bool
    /// For example `alternate-exchange`.
    public var arguments: FieldTable

    /// Takes the parts as they are.
    public init(name: String, kind: Kind, durable: Bool = true, arguments: FieldTable = FieldTable()) {
        self.name = name
        self.kind = kind
        self.durable = durable
        self.arguments = arguments
    }
}

/// A queue.
public struct Queue: Hashable, Sendable {
    /// At most 255 bytes.
    public var name: String
    /// Whether it survives a restart of the broker.
    public var durable: Bool
    /// For one connection, and gone with it.
    public var exclusive: Bool
    /// Gone with its last consumer.
    public var autoDelete: Bool
    /// For example `x-queue-type`, `x-message-ttl`, `x-dead-letter-exchange`. Declaring again with others is refused
    /// by the broker (406).
    public var arguments: FieldTable

    /// Takes the parts as they are.
    public init(
        name: String, durable: Bool = true, exclusive: Bool = false, autoDelete: Bool = false,
        arguments: FieldTable = FieldTable()
    ) {
        self.name = name
        self.durable = durable
        self.exclusive = exclusive
        self.autoDelete = autoDelete
        self.arguments = arguments
    }

    /// A durable quorum queue: replicated, always on disk.
    ///
    /// - Parameter arguments: more arguments; `x-queue-type` is set here.
    public static func quorum(_ name: String, arguments: FieldTable = FieldTable()) -> Queue {
        var arguments = arguments
        arguments["x-queue-type"] = .string("quorum")
        return Queue(name: name, arguments: arguments)
    }
}

/// A way from an exchange to a queue.
public struct Binding: Hashable, Sendable {
    /// From.
    public var exchange: String
    /// To.
    public var queue: String
    /// For a topic exchange a pattern; ignored by a fanout exchange.
    public var routingKey: String
    /// For a headers exchange what to match.
    public var arguments: FieldTable

    /// Takes the parts as they are.
    public init(exchange: String, queue: String, routingKey: String = "", arguments: FieldTable = FieldTable()) {
        self.exchange = exchange
        self.queue = queue
        self.routingKey = routingKey
        self.arguments = arguments
    }
}

extension Topology {
    /// - Throws: `AMQPError` for what librabbitmq could not encode.
    func check() throws(AMQPError) {
        do {
            for exchange in exchanges {
                try MessageLimits.short(exchange.name, "exchange name")
                _ = try exchange.arguments.encodedSize()
            }
            for queue in queues {
                try MessageLimits.short(queue.name, "queue name")
                _ = try queue.arguments.encodedSize()
            }
            for binding in bindings {
                try MessageLimits.short(binding.exchange, "exchange name")
                try MessageLimits.short(binding.queue, "queue name")
                try MessageLimits.short(binding.routingKey, "routing key")
                _ = try binding.arguments.encodedSize()
            }
        } catch {
            throw AMQPError(code: .driver, operation: "check topology", text: error.reason)
        }
    }
}
