import Logging
import RemindersIOThread

/// Runs the engine on its own thread: this only actor, and every callback of libcurl, is on that thread.
actor TransferLoop {
    private let thread: IOThread
    private let engine: TransferEngine

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        thread.asUnownedSerialExecutor()
    }

    init(logger: Logger, maximumConnectionsPerHost: Int, addressGuard: AddressGuard) {
        thread = IOThread(name: "transfer")
        engine = TransferEngine(
            thread: thread, logger: logger, maximumConnectionsPerHost: maximumConnectionsPerHost,
            addressGuard: addressGuard)
    }

    isolated deinit {
        engine.shutDown()
    }

    /// Hands over without waiting. What comes while the thread works is taken at once, for one wake-up.
    nonisolated func submit(_ submission: Submission, _ completion: Completion) {
        thread.perform { [self] in
            assumeIsolated { $0.engine.take(submission, completion) }
        }
    }

    /// Takes nothing more, waits for what is in progress, at most until `deadline`, and closes every connection.
    func close(by deadline: ContinuousClock.Instant) async {
        await withCheckedContinuation { engine.drain(by: deadline, $0) }
        engine.shutDown()
    }
}

/// All transfers of a client. Belongs to one thread.
final class TransferEngine {
    private let thread: IOThread
    private let logger: Logger
    private let maximumConnectionsPerHost: Int
    // One multi handle each: libcurl's limits and clean-up of idle connections must not mix the two.
    private let smtpMulti: MultiHandle
    private let httpMulti: MultiHandle
    private var pools: [SMTPPool] = []
    private var http: HTTPPool?

    private var outstanding = 0
    private var closing = false
    private var results: [(CheckedContinuation<TransferResult, Never>, TransferResult)] = []
    private var drained: [CheckedContinuation<Void, Never>] = []
    private var drainTimer: IOTimer?

    init(thread: IOThread, logger: Logger, maximumConnectionsPerHost: Int, addressGuard: AddressGuard) {
        self.thread = thread
        self.logger = logger
        self.maximumConnectionsPerHost = maximumConnectionsPerHost
        smtpMulti = MultiHandle(thread: thread)
        httpMulti = MultiHandle(thread: thread)
        http = HTTPPool(
            multi: httpMulti, thread: thread, maximumPerOrigin: maximumConnectionsPerHost, addressGuard: addressGuard
        ) { [unowned self] completion, verdict, opened, body in
            self.complete(completion, verdict, opened, body)
        }
    }

    /// Starts what was handed over; it is deferred once the client is closing.
    func take(_ submission: Submission, _ completion: Completion) {
        outstanding += 1
        guard !closing else { return complete(completion, .closed, false, []) }
        switch submission {
        case .mail(let mail, let server): pool(for: server).send(mail, completion)
        case .request(let request): http?.add(request, completion)
        case .verify(let server): pool(for: server).verify(completion)
        }
    }

    /// Takes nothing more, and calls back when nothing is in progress, or at `deadline` after aborting what is.
    func drain(by deadline: ContinuousClock.Instant, _ continuation: CheckedContinuation<Void, Never>) {
        closing = true
        drained.append(continuation)
        if let drainTimer { thread.cancelTimer(drainTimer) }
        drainTimer = thread.setTimer(at: deadline) { [unowned self] in
            self.drainTimer = nil
            self.abort()
        }
        endDrainWhenEmpty()
    }

    /// Says goodbye to servers, ends and frees everything. Once is enough, more does nothing.
    func shutDown() {
        guard http != nil else { return }
        for pool in pools { pool.quitIdle() }
        abort()
        http = nil
        pools = []
        smtpMulti.shutDown()
        httpMulti.shutDown()
        flush()
        if let drainTimer { thread.cancelTimer(drainTimer) }
    }

    private func abort() {
        for pool in pools { pool.abort() }
        http?.abort()
    }

    /// There are one or two, so a search is quicker than hashing a server with each mail.
    private func pool(for server: SMTPServer) -> SMTPPool {
        if let pool = pools.first(where: { $0.server == server }) { return pool }
        let pool = SMTPPool(
            server: server, multi: smtpMulti, thread: thread, logger: logger,
            maximumConnections: maximumConnectionsPerHost
        ) { [unowned self] completion, verdict, opened in
            self.complete(completion, verdict, opened, [])
        }
        pools.append(pool)
        return pool
    }

    // MARK: - Results

    /// Results are collected and handed out together at the end of the loop's pass.
    private func complete(_ completion: Completion, _ verdict: TransferVerdict, _ opened: Bool, _ body: [UInt8]) {
        let now = ContinuousClock.now
        let result = verdict.result(duration: now - completion.started, newConnection: opened, responseBody: body)
        if results.isEmpty {
            thread.setTimer(at: now) { [weak self] in self?.flush() }
        }
        results.append((completion.continuation, result))
    }

    private func flush() {
        let ready = results
        results.removeAll(keepingCapacity: true)
        outstanding -= ready.count
        for (continuation, result) in ready { continuation.resume(returning: result) }
        endDrainWhenEmpty()
    }

    private func endDrainWhenEmpty() {
        guard outstanding == 0, !drained.isEmpty else { return }
        let waiting = drained
        drained = []
        if let drainTimer { thread.cancelTimer(drainTimer) }
        drainTimer = nil
        for continuation in waiting { continuation.resume() }
    }
}

/// Who waits for a transfer, and since when.
struct Completion: Sendable {
    let continuation: CheckedContinuation<TransferResult, Never>
    let started: ContinuousClock.Instant
    /// Whether it is to be handed over at all, asked just before.
    let isWanted: @Sendable () -> Bool
}

/// What a caller hands over.
enum Submission: Sendable {
    case mail(Mail, SMTPServer)
    case request(HTTPRequest)
    case verify(SMTPServer)
}
