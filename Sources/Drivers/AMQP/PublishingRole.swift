import DequeModule
import Logging
import RemindersGround

/// Publishing over one connection: channel 1 in confirm mode, channel 2 without confirms.
final class PublishingRole: SessionRole {
    private static let confirmed: UInt16 = 1
    private static let unconfirmed: UInt16 = 2
    private static let chunkBytes = 32 * 1024

    /// Which message a sequence number stands for.
    private struct Ticket {
        let batch: PublishBatch
        let index: Int
    }

    private let topology: Topology?
    private let window: Int
    private let confirmTimeout: Duration
    private let maximumBodyBytes: Int
    private let readiness: Gate
    private let logger: Logger

    private var waiting = Deque<PublishBatch>()
    private var waitingUnconfirmed = Deque<PublishBatch>()
    /// Every batch that is not settled, in the order of deadlines; some that are.
    private var unsettled = Deque<PublishBatch>()
    private var confirms = ConfirmWindow<Ticket>()
    private var returns: DeliveryAssembler
    private var openMessages = 0
    private var blocked = false
    private var connected = false
    private var stopWaiter: CheckedContinuation<Void, Never>?
    private(set) var isFinished = false

    init(
        topology: Topology?, window: Int, confirmTimeout: Duration, maximumBodyBytes: Int, readiness: Gate,
        logger: Logger
    ) {
        self.topology = topology
        self.window = max(1, window)
        self.confirmTimeout = confirmTimeout
        self.maximumBodyBytes = maximumBodyBytes
        returns = DeliveryAssembler(maximumBodyBytes: maximumBodyBytes, epoch: 0)
        self.readiness = readiness
        self.logger = logger
    }

    // MARK: What callers ask for

    func submit(
        _ messages: [Message], confirms: Bool, _ continuation: CheckedContinuation<[PublishOutcome], Never>?
    ) {
        let batch = PublishBatch(
            messages, confirms: confirms, deadline: .now + confirmTimeout, continuation: continuation)
        openMessages += messages.count
        guard connected, !isFinished else { return fail(batch, from: 0, .notConnected) }
        guard !blocked else { return fail(batch, from: 0, .blocked) }
        unsettled.append(batch)
        if confirms { waiting.append(batch) } else { waitingUnconfirmed.append(batch) }
    }

    /// Accepts no more, and resumes when every accepted message has its outcome: `confirmTimeout` at the latest.
    func stop(_ continuation: CheckedContinuation<Void, Never>) {
        isFinished = true
        stopWaiter = continuation
        resumeStopIfSettled()
    }

    // MARK: SessionRole

    func connected(_ connection: Connection, epoch: UInt64) throws(AMQPError) {
        try open(Self.confirmed, on: connection)
        if let topology { try connection.declare(topology, on: Self.confirmed) }
        try open(Self.unconfirmed, on: connection)
        connected = true
        readiness.open()
    }

    private func open(_ channel: UInt16, on connection: Connection) throws(AMQPError) {
        try connection.openChannel(channel)
        if channel == Self.confirmed { try connection.selectConfirms(channel) }
    }

    func received(_ frame: IncomingFrame, on connection: Connection) throws(AMQPError) {
        switch frame {
        case .confirm(let tag, let multiple, let accepted):
            let outcome: PublishOutcome = accepted ? .confirmed : .failed(.nacked)
            confirms.settle(tag, multiple: multiple) { settle($0, outcome) }
        case .returned, .header, .body:
            guard connection.channel == Self.confirmed else { return }
            if case .returned(let error, let message) = try returns.take(frame) { noteReturned(message, error) }
        case .channelClosed(let code, let text):
            try reopen(connection.channel, .channelClosed(code: code, text: text), on: connection)
        case .blocked(let reason):
            logger.warning("AMQP broker takes no messages", metadata: ["amqp.reason": "\(reason)"])
            blocked = true
            readiness.shut()
            failWaiting(.blocked)
        case .unblocked:
            logger.info("AMQP broker takes messages again")
            blocked = false
            readiness.open()
        default:
            break
        }
    }

    func drained() {}

    func write(on connection: Connection) throws(AMQPError) -> WriteResult {
        guard !blocked, nextBatch() != nil else { return .idle }
        guard connection.isWritable else { return .full }
        var budget = Self.chunkBytes
        while budget > 0 {
            guard let batch = nextBatch() else { return .idle }
            let index = batch.next
            batch.next += 1
            do {
                try connection.limits.check(batch.messages[index])
            } catch {
                settle(Ticket(batch: batch, index: index), .failed(.refused(reason: error.reason)))
                continue
            }
            connection.cork()
            // Noted first: a message whose sending fails half-way is in doubt.
            if batch.confirms { confirms.append(Ticket(batch: batch, index: index)) }
            budget -= try connection.publish(
                batch.messages[index], on: batch.confirms ? Self.confirmed : Self.unconfirmed)
            if !batch.confirms { settle(Ticket(batch: batch, index: index), .confirmed) }
        }
        return .more
    }

    func tick(now: ContinuousClock.Instant) throws(AMQPError) {
        var expired = false
        while let batch = unsettled.first, batch.isSettled || batch.deadline <= now {
            _ = unsettled.popFirst()
            guard !batch.isSettled else { continue }
            expired = true
            if blocked { fail(batch, from: batch.next, .blocked) }
            fail(batch, from: 0, .timedOut)
        }
        // A blocked broker still answers heartbeats, and a new connection would be blocked in its turn.
        guard expired, !blocked else { return }
        throw AMQPError(code: .driver, operation: "await confirm", text: "none within \(confirmTimeout)")
    }

    func lost() {
        connected = false
        blocked = false
        readiness.shut()
        confirms.reset { settle($0, .failed(.connectionLost)) }
        failWaiting(.notConnected)
        unsettled.removeAll()
        returns = DeliveryAssembler(maximumBodyBytes: maximumBodyBytes, epoch: 0)
    }

    func ended() {
        isFinished = true
        readiness.takeAway()
    }

    // MARK: Inside

    /// The batch to write from next; nil when there is none or the window is full.
    private func nextBatch() -> PublishBatch? {
        while let batch = waitingUnconfirmed.first {
            if batch.isWaiting { return batch }
            _ = waitingUnconfirmed.popFirst()
        }
        guard confirms.count < window else { return nil }
        while let batch = waiting.first {
            if batch.isWaiting { return batch }
            _ = waiting.popFirst()
        }
        return nil
    }

    private func settle(_ ticket: Ticket, _ outcome: PublishOutcome) {
        guard ticket.batch.settle(ticket.index, outcome) else { return }
        openMessages -= 1
        resumeStopIfSettled()
    }

    private func fail(_ batch: PublishBatch, from start: Int, _ error: PublishError) {
        for index in start..<max(start, batch.messages.count) {
            settle(Ticket(batch: batch, index: index), .failed(error))
        }
    }

    /// Fails what is not written yet.
    private func failWaiting(_ error: PublishError) {
        while let batch = waiting.popFirst() { fail(batch, from: batch.next, error) }
        while let batch = waitingUnconfirmed.popFirst() { fail(batch, from: batch.next, error) }
    }

    /// Messages may share everything but their headers, by which an exchange can route: the one that is the same
    /// altogether goes before one whose properties the broker has changed on the way.
    private func noteReturned(_ returned: Message, _ error: PublishError) {
        func find(_ isTheSame: (MessageProperties) -> Bool) -> Ticket? {
            confirms.returned { ticket in
                guard ticket.batch.isOpen(ticket.index) else { return false }
                let message = ticket.batch.messages[ticket.index]
                return message.mandatory && message.exchange == returned.exchange
                    && message.routingKey == returned.routingKey && isTheSame(message.properties)
                    && message.body == returned.body
            }
        }
        let properties = returned.properties
        guard let ticket = find({ $0 == properties }) ?? find({ $0.messageID == properties.messageID }) else { return }
        ticket.batch.markReturned(ticket.index, error)
    }

    private func reopen(_ channel: UInt16, _ error: PublishError, on connection: Connection) throws(AMQPError) {
        logger.warning("AMQP channel was closed by the broker", metadata: ["error": "\(error)"])
        try connection.acknowledgeChannelClose(channel)
        if channel == Self.confirmed {
            returns = DeliveryAssembler(maximumBodyBytes: maximumBodyBytes, epoch: 0)
            confirms.reset { settle($0, .failed(error)) }
        }
        try open(channel, on: connection)
    }

    private func resumeStopIfSettled() {
        guard openMessages == 0 else { return }
        stopWaiter.take()?.resume()
    }
}
