import RemindersIOThread

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
        let connection = try Connection(configuration)
        try connection.openChannel(1)
        let result = try body(connection)
        connection.close()
        return result
    }
}
