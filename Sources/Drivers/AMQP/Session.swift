import Glibc
import Logging
import RemindersGround
import RemindersIOThread
import Synchronization

/// What a session does with its connection: publish or consume. Lives on the session's thread.
protocol SessionRole: AnyObject, SendableMetatype {
    /// A new connection is there and not yet used: declare, open channels. It is destroyed when this throws.
    func connected(_ connection: Connection, epoch: UInt64) throws(AMQPError)

    /// A frame has arrived. The connection is destroyed when this throws.
    func received(_ frame: IncomingFrame, on connection: Connection) throws(AMQPError)

    /// All frames that had arrived are read.
    func drained()

    /// Writes what is waiting, about 32 KB at most, so that what comes in is read now and then: two sides that only
    /// write fill each other's buffers and stop.
    func write(on connection: Connection) throws(AMQPError) -> WriteResult

    /// Called about four times a heartbeat, and once a second at least.
    func tick(now: ContinuousClock.Instant) throws(AMQPError)

    /// The connection is gone, with everything that was known about it.
    func lost()

    /// There will be no connection any more.
    func ended()

    /// Whether a lost connection is not worth another.
    var isFinished: Bool { get }
}

/// Where `SessionRole.write` got to.
enum WriteResult {
    /// Nothing is waiting that could be written now.
    case idle
    /// There is more to write.
    case more
    /// There is, but the socket takes no more now.
    case full
}

/// One connection after another to the same broker, on a thread of its own: connect, work until it is lost, wait,
/// connect again.
///
/// Whatever goes wrong, the whole connection is thrown away: half a connection is how clients come to be connected
/// but deaf.
actor Session<Role: SessionRole> {
    let role: Role
    private let thread: IOThread
    private let configuration: AMQPConfiguration
    private let logger: Logger
    private let connectedFlag = Atomic(false)

    private(set) var connection: Connection?
    private var backoff = Backoff(first: .milliseconds(200), longest: .seconds(4))
    private var outage = Outage()
    private var epoch: UInt64 = 0
    /// Which of the broker's nodes is tried first: another one each time that a connection was lost.
    private var turn = 0
    private var started = false
    private(set) var closing = false
    /// Where `serve` waits.
    private var pause: CheckedContinuation<Void, Never>?
    private var pauseTimer: IOTimer?
    private var tickTimer: IOTimer?

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    nonisolated var isConnected: Bool { connectedFlag.load(ordering: .acquiring) }

    init(_ configuration: AMQPConfiguration, role: sending Role, threadName: String, logger: Logger) {
        self.role = role
        self.configuration = configuration
        var logger = logger
        logger[metadataKey: "amqp.broker"] = "\(configuration)"
        self.logger = logger
        thread = IOThread(name: threadName)
    }

    /// Runs until `close`. A second call returns at once.
    ///
    /// - Parameter cancelled: called when the task is cancelled; it has to lead to `close`.
    func run(onCancel cancelled: @escaping @Sendable () async -> Void) async {
        guard !started else { return }
        started = true
        await withTaskCancellationHandler {
            await serve()
        } onCancel: {
            Task { await cancelled() }
        }
    }

    private func serve() async {
        while !closing {
            let start = ContinuousClock.now
            connect()
            if connection != nil { await wait(for: nil) }
            guard !closing, !role.isFinished else { break }
            let delay = backoff.next(lived: ContinuousClock.now - start)
            logger.debug("AMQP connection will be tried again", metadata: ["amqp.delay": "\(delay)"])
            await wait(for: delay)
        }
        role.ended()
    }

    private func connect() {
        epoch += 1
        do {
            let connection = try Connection.made(configuration, turn: turn)
            self.connection = connection
            // Before the role says that it is ready: whoever waited for that works with it at once, on another thread.
            connectedFlag.store(true, ordering: .releasing)
            try role.connected(connection, epoch: epoch)
            noteReady()
            // Frames that came with the answers are in the library's memory: polling would not report them.
            progress()
            if self.connection != nil { scheduleTick() }
        } catch {
            lose(error)
        }
    }

    /// `progress`, soon, from any thread.
    nonisolated func requestProgress() {
        thread.perform { [weak self] in
            self?.assumeIsolated { $0.progress() }
        }
    }

    /// Reads what has arrived and writes what is waiting.
    func progress() {
        guard let connection else { return }
        do {
            try advance(connection)
        } catch {
            lose(error)
        }
    }

    private func advance(_ connection: Connection) throws(AMQPError) {
        defer { connection.lifeline.disarm() }
        try drain(connection)
        var result = WriteResult.more
        while result == .more {
            connection.lifeline.arm(for: connection.heartbeat * 2)
            result = try role.write(on: connection)
            if result == .more || connection.hasBufferedFrames {
                try drain(connection)
                if result == .idle { result = .more }
            }
        }
        connection.uncork()
        watch(connection, for: result == .full ? [.readable, .writable] : .readable)
    }

    private func drain(_ connection: Connection) throws(AMQPError) {
        connection.lifeline.arm(for: connection.heartbeat * 2)
        while let frame = try connection.nextFrame() {
            if case .connectionClosed(let code, let text) = frame {
                connection.acknowledgeClose()
                throw AMQPError(code: .reply(code), operation: "use connection", text: text)
            }
            try role.received(frame, on: connection)
        }
        connection.releaseBuffers()
        role.drained()
    }

    private func watch(_ connection: Connection, for events: PollEvents) {
        thread.watch(connection.descriptor, for: events) { [weak self] _ in
            self?.assumeIsolated { $0.progress() }
        }
    }

    private func scheduleTick() {
        let period = min(configuration.heartbeat / 4, .seconds(1))
        tickTimer = thread.setTimer(at: .now + period) { [weak self] in
            self?.assumeIsolated { $0.tick() }
        }
    }

    private func tick() {
        guard connection != nil else { return }
        do {
            try role.tick(now: .now)
            progress()
        } catch {
            lose(error)
        }
        if connection != nil { scheduleTick() }
    }

    private func lose(_ error: AMQPError) {
        turn += 1
        var facts: Logger.Metadata = ["amqp.epoch": "\(epoch)", "error": "\(error)"]
        switch outage.failed() {
        case .goesOn(let failures, let lasting):
            facts["failures"] = "\(failures)"
            facts["seconds"] = "\(lasting.wholeSeconds)"
            logger.warning("AMQP connection still fails", metadata: facts)
        case .began: logger.warning("AMQP connection failed", metadata: facts)
        case .ended, nil: logger.debug("AMQP connection failed", metadata: facts)
        }
        disconnect { $0.destroy() }
    }

    /// A line for the first connection, and for one after an outage.
    private func noteReady() {
        var facts: Logger.Metadata = ["amqp.epoch": "\(epoch)"]
        let line = outage.succeeded()
        if case .ended(let failures, let lasted) = line {
            facts["failures"] = "\(failures)"
            facts["seconds"] = "\(lasted.wholeSeconds)"
        }
        logger.log(level: line != nil || epoch == 1 ? .info : .debug, "AMQP connection is ready", metadata: facts)
    }

    private func disconnect(_ end: (Connection) -> Void) {
        connectedFlag.store(false, ordering: .releasing)
        if let tickTimer = tickTimer.take() { thread.cancelTimer(tickTimer) }
        if let connection = connection.take() {
            thread.unwatch(connection.descriptor)
            end(connection)
        }
        role.lost()
        resume()
    }

    /// Writes what is waiting, as far as the socket takes it, and ends connection and `run`.
    func close() {
        guard !closing else { return }
        closing = true
        progress()
        disconnect { $0.close() }
        if !started { role.ended() }
    }

    private func wait(for delay: Duration?) async {
        guard !closing else { return }
        if let delay {
            pauseTimer = thread.setTimer(at: .now + delay) { [weak self] in
                self?.assumeIsolated { $0.resume() }
            }
        }
        await withCheckedContinuation { pause = $0 }
    }

    private func resume() {
        if let pauseTimer = pauseTimer.take() { thread.cancelTimer(pauseTimer) }
        pause.take()?.resume()
    }
}
