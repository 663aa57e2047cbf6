import Logging
import RemindersGround

/// Consumes one queue over a connection of its own, which it keeps up while `run` runs.
///
/// Handlers run wherever they like and as long as they like: heartbeats go on without them. Each delivery handed out
/// has to be acknowledged or rejected. All calls may come from any task.
public final class Consumer: Sendable {
    private let session: Session<ConsumingRole>
    private let buffer = Mailbox<Delivery>()
    private let inbox = SettlementInbox()
    private let readiness = Gate()
    private let stopLimit: Duration

    /// Does not connect yet: see `run`.
    ///
    /// - Parameters:
    ///   - configuration: where to connect.
    ///   - topology: declared after each connect; nil declares nothing.
    ///   - queue: the queue to consume.
    ///   - prefetch: how many unsettled deliveries the broker may have sent, and this process may hold, at a time.
    ///   - exclusive: whether to be the queue's only consumer.
    ///   - consumerTag: name of this consumer in the broker's listings.
    ///   - logger: receives connection events.
    public init(
        configuration: AMQPConfiguration, topology: Topology? = nil, queue: String, prefetch: Int,
        exclusive: Bool = false, consumerTag: String = "consumer", logger: Logger
    ) {
        let role = ConsumingRole(
            topology: topology, queue: queue, tag: consumerTag, prefetch: UInt16(clamping: max(1, prefetch)),
            exclusive: exclusive, maximumBodyBytes: configuration.maximumBodyBytes, buffer: buffer, inbox: inbox,
            readiness: readiness, logger: logger)
        session = Session(configuration, role: role, threadName: "amqp-consume", logger: logger)
        stopLimit = min(configuration.connectTimeout, .seconds(2))
    }

    /// Connects, and connects again whenever the connection is lost, until `close` or until the task is cancelled,
    /// which closes too. To be called once.
    public func run() async {
        await session.run { [session, stopLimit] in await session.stopAndClose(limit: stopLimit) }
    }

    /// Every delivery; ends after `stop` or `close`. Iterators may run side by side: each delivery goes to one.
    public var deliveries: Deliveries { Deliveries(buffer: buffer) }

    /// Waits until there is a delivery, then takes all that are there, without waiting for more.
    ///
    /// - Parameter limit: the most to take, at least 1.
    /// - Returns: at least one delivery; nil after `stop` or `close`, or when the task is cancelled.
    public func nextBatch(upTo limit: Int) async -> [Delivery]? {
        await buffer.take(upTo: limit)
    }

    /// Tells the broker that these are done with. Returns at once; deliveries of an earlier connection are left out,
    /// because the broker has taken them back already. Those in a row are acknowledged by one frame.
    public func acknowledge(_ deliveries: [Delivery]) {
        settle(deliveries, .acknowledge)
    }

    /// Gives these back to the queue (`requeue`), or to its dead-letter exchange. Returns at once, like
    /// `acknowledge`.
    public func reject(_ deliveries: [Delivery], requeue: Bool) {
        settle(deliveries, requeue ? .requeue : .discard)
    }

    private func settle(_ deliveries: [Delivery], _ settlement: AcknowledgementLedger.Settlement) {
        guard inbox.append(deliveries, settlement) else { return }
        session.requestProgress()
    }

    /// Takes no more deliveries: buffered ones go back to the queue, `nextBatch` returns nil. What was handed out can
    /// still be settled until `close`.
    public func stop() async {
        await session.stop(limit: stopLimit)
    }

    /// Sends the settlements made so far, closes the connection and ends `run`. What is not settled goes back to the
    /// queue.
    public func close() async {
        await session.stopAndClose(limit: stopLimit)
    }

    /// Whether there is a connection with a consumer on it.
    public var isReady: Bool { readiness.isOpen }

    /// Waits until `isReady`.
    ///
    /// - Returns: false when it was closed instead, or the task was cancelled.
    public func waitUntilReady() async -> Bool {
        await readiness.wait()
    }
}

/// The deliveries of a `Consumer`, one at a time.
public struct Deliveries: AsyncSequence, Sendable {
    /// One message.
    public typealias Element = Delivery
    /// Connections come and go behind it.
    public typealias Failure = Never

    let buffer: Mailbox<Delivery>

    /// Takes deliveries from the same buffer as every other iterator.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let buffer: Mailbox<Delivery>

        /// Waits for the next delivery; nil after the end.
        public func next(isolation actor: isolated (any Actor)? = #isolation) async -> Delivery? {
            await buffer.take(upTo: 1)?.first
        }
    }

    /// An iterator.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(buffer: buffer)
    }
}

extension Session where Role == ConsumingRole {
    /// Ends the consumer and waits until the broker knows.
    func stop(limit: Duration) async {
        // What was settled before goes first: see `stopAndClose`.
        progress()
        await withCheckedContinuation { continuation in
            role.stop(connected: connection != nil, limit: limit, continuation)
            progress()
        }
    }

    /// Closing alone would lose settlements: RabbitMQ keeps all but the first 32 for a quorum queue in the memory of
    /// the channel until the queue has caught up (rabbit_fifo_client). The answer to the cancel comes after that.
    func stopAndClose(limit: Duration) async {
        await stop(limit: limit)
        close()
    }
}
