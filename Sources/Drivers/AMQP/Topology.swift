import RemindersIOThread

/// What a connection declares before it is used, and again after each reconnect.
public struct Topology: Hashable, Sendable {
    /// Declared first.
    public var exchanges: [Exchange]
    /// Declared second.
    public var queues: [Queue]
    /// Declared last.
    public var bindings: [Binding]
    /// Only check that exchanges and queues are there: for users without the right to configure. Bindings can't be
    /// checked and are left alone then. An exclusive queue is this connection's own: it is declared and bound all the same.
    public var passive: Bool
    /// What helps when something is missing, for the error of a check: "declare it with …".
    public var remedy: String?

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

/// Counts of a queue at one moment (AMQP 0-9-1 section 1.7.2.2).
public struct QueueStatus: Hashable, Sendable {
    /// Messages ready for delivery, without those delivered and not settled.
    public let messages: Int
    /// Consumers.
    public let consumers: Int
}

/// Declares a topology over a connection of its own.
///
/// - Throws: `AMQPError`: what the broker refused first. What was declared before that stays.
public func declareTopology(configuration: AMQPConfiguration, topology: Topology) async throws(AMQPError) {
    try await OneConnection().use(configuration) { connection throws(AMQPError) in
        try connection.declare(topology, on: 1)
    }
}

/// What of a topology a broker has otherwise.
public struct TopologyDifference: Hashable, Sendable {
    /// How it differs.
    public enum Kind: Hashable, Sendable {
        /// It is not there.
        case missing
        /// It is there, as something else; in the broker's words.
        case other(String)
        /// It is there; with what arguments, the broker does not tell this user.
        case hidden(String)
    }

    /// "exchange reminders.due" or "queue rate-limiter.due".
    public let subject: String
    /// How it differs.
    public let kind: Kind
}

/// Compares the exchanges and queues of a topology with what a broker has, with kinds and arguments, and changes nothing.
/// Arguments are compared by the broker, for a user who may configure. Bindings can't be asked for.
///
/// - Throws: `AMQPError` when it could not look.
public func compareTopology(
    configuration: AMQPConfiguration, topology: Topology
) async throws(AMQPError) -> [TopologyDifference] {
    try await OneConnection().use(configuration) { connection throws(AMQPError) in
        try connection.compare(topology, on: 1)
    }
}

/// Asks for the counts of a queue.
///
/// - Throws: `AMQPError`, with the reply code 404 when there is no such queue.
public func queueStatus(configuration: AMQPConfiguration, queue: String) async throws(AMQPError) -> QueueStatus {
    try checkName(queue)
    return try await OneConnection().use(configuration) { connection throws(AMQPError) in
        try connection.declare(Queue(name: queue), passive: true, on: 1)
    }
}

/// Removes all messages that are ready for delivery.
///
/// - Returns: how many there were.
/// - Throws: `AMQPError`, with the reply code 404 when there is no such queue.
public func purgeQueue(configuration: AMQPConfiguration, queue: String) async throws(AMQPError) -> Int {
    try checkName(queue)
    return try await OneConnection().use(configuration) { connection throws(AMQPError) in
        try connection.purge(queue, on: 1)
    }
}

private func checkName(_ queue: String) throws(AMQPError) {
    try Topology(queues: [Queue(name: queue)]).check()
}

/// A connection for one task of an operator, on a thread that ends with it.
private actor OneConnection {
    private let thread = IOThread(name: "amqp-once")

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    func use<Result: Sendable>(
        _ configuration: AMQPConfiguration, _ body: @Sendable (Connection) throws(AMQPError) -> Result
    ) throws(AMQPError) -> Result {
        let connection = try Connection.made(configuration)
        try connection.openChannel(1)
        let result = try body(connection)
        connection.close()
        return result
    }
}
