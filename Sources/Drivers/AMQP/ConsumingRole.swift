import DequeModule
import Logging
import RemindersGround

/// Consuming one queue over one connection and one channel.
final class ConsumingRole: SessionRole {
    private static let channel: UInt16 = 1

    private let topology: Topology?
    private let queue: String
    private let tag: String
    private let prefetch: UInt16
    private let exclusive: Bool
    private let maximumBodyBytes: Int
    private let buffer: Mailbox<Delivery>
    private let inbox: SettlementInbox
    private let readiness: Gate
    private let logger: Logger

    private var epoch: UInt64 = 0
    private var ledger = AcknowledgementLedger()
    private var assembler = DeliveryAssembler(maximumBodyBytes: 0, epoch: 0)
    private var arrived: [Delivery] = []
    private var frames = Deque<AcknowledgementLedger.Frame>()
    private var deafness: DeafnessCheck?
    private var questionPending = false
    private var cancelPending = false
    private var cancelAnswered = false
    private var cancelDeadline: ContinuousClock.Instant?
    private var stopWaiters: [CheckedContinuation<Void, Never>] = []
    private(set) var isFinished = false

    init(
        topology: Topology?, queue: String, tag: String, prefetch: UInt16, exclusive: Bool, maximumBodyBytes: Int,
        buffer: Mailbox<Delivery>, inbox: SettlementInbox, readiness: Gate, logger: Logger
    ) {
        self.topology = topology
        self.queue = queue
        self.tag = tag
        self.prefetch = prefetch
        self.exclusive = exclusive
        self.maximumBodyBytes = maximumBodyBytes
        self.buffer = buffer
        self.inbox = inbox
        self.readiness = readiness
        var logger = logger
        logger[metadataKey: "amqp.queue"] = "\(queue)"
        self.logger = logger
    }

    /// Ends the consumer; what nobody has taken goes back to the queue.
    ///
    /// - Parameters:
    ///   - connected: whether there is a broker to tell.
    ///   - limit: how long to wait for its answer.
    func stop(connected: Bool, limit: Duration, _ continuation: CheckedContinuation<Void, Never>) {
        // The cancel is written before these: else they might be delivered here once more.
        if !isFinished, connected { cancelPending = true }
        isFinished = true
        readiness.shut()
        _ = inbox.append(buffer.closeAndTakeAll(), .requeue)
        guard connected, !cancelAnswered else { return continuation.resume() }
        cancelDeadline = .now + limit
        stopWaiters.append(continuation)
    }

    // MARK: SessionRole

    func connected(_ connection: Connection, epoch: UInt64) throws(AMQPError) {
        self.epoch = epoch
        ledger = AcknowledgementLedger()
        assembler = DeliveryAssembler(maximumBodyBytes: maximumBodyBytes, epoch: epoch)
        try connection.openChannel(Self.channel)
        if let topology { try connection.declare(topology, on: Self.channel) }
        try connection.consume(queue, tag: tag, prefetch: prefetch, exclusive: exclusive, on: Self.channel)
        deafness = DeafnessCheck(
            interval: connection.heartbeat, limit: connection.configuration.connectTimeout, now: .now)
        readiness.open()
    }

    func received(_ frame: IncomingFrame, on connection: Connection) throws(AMQPError) {
        switch frame {
        case .deliver, .header, .body:
            guard case .delivery(let delivery) = try assembler.take(frame) else { return }
            guard ledger.deliver(delivery.tag) else {
                throw AMQPError(code: .driver, operation: "receive", text: "delivery tags are out of order")
            }
            arrived.append(delivery)
        case .cancelled:
            // The queue was deleted or has moved. A consumer on the same channel can meet leftovers of this one, so
            // the connection goes.
            throw AMQPError(code: .driver, operation: "consume \(queue)", text: "cancelled by the broker")
        case .channelClosed(let code, let text):
            throw AMQPError(code: .reply(code), operation: "consume \(queue)", text: text)
        case .queueStatus(let status):
            try deafness?.answered(status, unsettled: ledger.unsettled, now: .now)
        case .cancelOk:
            cancelAnswered = true
            resumeStop()
        default:
            break
        }
    }

    func drained() {
        guard !arrived.isEmpty else { return }
        deafness?.heard(now: .now)
        // Late ones of a stopped consumer are given back.
        _ = inbox.append(buffer.put(arrived), .requeue)
        arrived.removeAll(keepingCapacity: true)
    }

    func write(on connection: Connection) throws(AMQPError) -> WriteResult {
        collect()
        guard cancelPending || questionPending || !frames.isEmpty else { return .idle }
        guard connection.isWritable else { return .full }
        if questionPending {
            try connection.askStatus(of: queue, on: Self.channel)
            questionPending = false
        }
        if cancelPending {
            try connection.cancelConsumer(tag, on: Self.channel)
            cancelPending = false
        }
        if frames.count > 1 { connection.cork() }
        // A frame is some 30 bytes.
        for _ in 0..<min(frames.count, 1000) {
            if let frame = frames.popFirst() { try connection.settle(frame, on: Self.channel) }
        }
        return .more
    }

    func tick(now: ContinuousClock.Instant) throws(AMQPError) {
        if !isFinished, try deafness?.tick(now: now) == true { questionPending = true }
        guard let deadline = cancelDeadline, deadline <= now, !stopWaiters.isEmpty else { return }
        throw AMQPError(code: .driver, operation: "cancel consumer", text: "no answer in time")
    }

    func lost() {
        if !isFinished { readiness.shut() }
        buffer.forget()
        arrived = []
        frames.removeAll()
        cancelPending = false
        questionPending = false
        deafness = nil
        resumeStop()
    }

    func ended() {
        isFinished = true
        readiness.takeAway()
        _ = buffer.closeAndTakeAll()
    }

    // MARK: Inside

    /// Turns what callers have settled into frames. What came over an earlier connection is the broker's again, and
    /// its tag means another message here: it is left out.
    private func collect() {
        let entries = inbox.takeAll()
        guard !entries.isEmpty else { return }
        var stale = 0
        var tags: [AcknowledgementLedger.Settlement: [UInt64]] = [:]
        for entry in entries {
            if entry.epoch == epoch { tags[entry.settlement, default: []].append(entry.tag) } else { stale += 1 }
        }
        if stale > 0 {
            logger.info("Settlements of an earlier connection were dropped", metadata: ["amqp.count": "\(stale)"])
        }
        for (settlement, tags) in tags {
            for frame in ledger.settle(tags, settlement) { frames.append(frame) }
        }
    }

    private func resumeStop() {
        cancelDeadline = nil
        for waiter in stopWaiters { waiter.resume() }
        stopWaiters = []
    }
}

/// Notices a consumer that the broker has forgotten: the connection answers heartbeats and nothing is delivered.
///
/// RabbitMQ 3.10 says nothing, for example, when a quorum queue is removed by force. While nothing arrives, the queue
/// is asked for its counts now and then. Not for queues with `x-single-active-consumer`, where waiting beside a full
/// queue is right.
struct DeafnessCheck {
    private let interval: Duration
    private let limit: Duration
    private var lastSign: ContinuousClock.Instant
    private var asked: ContinuousClock.Instant?
    private var strikes = 0

    /// - Parameters:
    ///   - interval: how long nothing has to arrive before each question.
    ///   - limit: how long the answer may take.
    init(interval: Duration, limit: Duration, now: ContinuousClock.Instant) {
        self.interval = interval
        self.limit = limit
        lastSign = now
    }

    /// A delivery has arrived.
    mutating func heard(now: ContinuousClock.Instant) {
        lastSign = now
        strikes = 0
    }

    /// - Returns: whether to ask the queue now.
    /// - Throws: when the last question has not been answered.
    mutating func tick(now: ContinuousClock.Instant) throws(AMQPError) -> Bool {
        if let asked {
            guard now - asked <= limit else { throw Self.deaf("the queue does not answer") }
            return false
        }
        guard now - lastSign >= interval else { return false }
        asked = now
        return true
    }

    /// The queue has answered.
    ///
    /// - Throws: at the second answer in a row that does not go with a consumer that listens. The first may cross a
    ///   delivery on its way.
    mutating func answered(
        _ status: QueueStatus, unsettled: Int, now: ContinuousClock.Instant
    ) throws(AMQPError) {
        guard asked.take() != nil else { return }
        let heardMeanwhile = now - lastSign < interval
        lastSign = now
        let waitsForNobody = status.messages > 0 && unsettled == 0
        guard !heardMeanwhile, status.consumers == 0 || waitsForNobody else {
            strikes = 0
            return
        }
        strikes += 1
        if strikes > 1 { throw Self.deaf("the queue does not know this consumer") }
    }

    private static func deaf(_ text: String) -> AMQPError {
        AMQPError(code: .driver, operation: "check consumer", text: text)
    }
}
