import Logging
import RemindersGround
import RemindersIOThread

/// The pool as it lives on its thread: performs what `PoolState` decides, and runs requests on connections.
final class PoolCore {
    let configuration: PostgresConfiguration
    let settings: ConnectionSettings
    let thread: IOThread
    let logger: Logger
    let readiness: Gate
    var leases: [Lease.ID: Lease] = [:]
    var listeners: [UInt64: Listener] = [:]

    private var state: PoolState
    private var connections: [PoolState.ConnectionID: Connection] = [:]
    private var waiting: [UInt64: (request: Request, timer: IOTimer)] = [:]
    private var failedOpenings = 0
    private var outage = Outage()
    private var lastError: PostgresError?
    private var whenEmpty: [CheckedContinuation<Void, Never>] = []

    init(_ configuration: PostgresConfiguration, on thread: IOThread, readiness: Gate, logger: Logger) {
        self.configuration = configuration
        settings = ConnectionSettings(configuration)
        self.thread = thread
        self.readiness = readiness
        self.logger = logger
        let delays = configuration.reconnectDelay
        state = PoolState(
            size: configuration.poolSize, backoff: Backoff(first: delays.lowerBound, longest: delays.upperBound))
    }

    /// How long the server may be silent during a statement.
    var patience: Duration? { configuration.statementTimeout.map { $0 + configuration.replyMargin } }

    var isClosed: Bool { state.isClosed }

    func start() {
        perform(state.start())
    }

    // MARK: - Requests

    /// Runs a request on any connection, as soon as there is one.
    func waitForConnection(_ request: Request) {
        guard !state.isClosed else { return request.fail(PoolCore.closed) }
        guard !request.handover.isCancellationRequested else { return request.fail(PoolCore.cancelled) }
        if let lease = request.lease { leases[lease] = Lease(id: lease) }
        let timer = thread.setTimer(at: .now + configuration.acquireTimeout) { [weak self] in
            self?.stopWaiting(request.id, PoolCore.acquireTimeout)
        }
        waiting[request.id] = (request, timer)
        perform(state.wait(request.id))
    }

    /// Gives up a request that still waits for a connection; one that runs goes on.
    func cancel(_ id: UInt64) {
        stopWaiting(id, PoolCore.cancelled)
    }

    private func stopWaiting(_ id: UInt64, _ error: PostgresError) {
        guard state.cancel(id) else { return }
        let noServer = error.code == .timeout && state.liveCount == 0
        failWaiting(id, noServer ? lastError ?? error : error)
    }

    private func failWaiting(_ id: UInt64, _ error: PostgresError) {
        guard let request = takeWaiting(id) else { return }
        // A transaction that never got a connection leaves nothing behind.
        if let lease = request.lease { leases.removeValue(forKey: lease)?.failAll(error) }
        request.fail(error)
    }

    private func takeWaiting(_ id: UInt64) -> Request? {
        guard let (request, timer) = waiting.removeValue(forKey: id) else { return nil }
        thread.cancelTimer(timer)
        return request
    }

    private func give(_ id: PoolState.ConnectionID, to waiter: UInt64) {
        guard let connection = connections[id] else { return }
        guard connection.probe() else {
            // It has ended meanwhile; that was told to `ended`, and this one has waited longest.
            perform(state.waitAgain(waiter))
            return
        }
        guard let request = takeWaiting(waiter) else { return perform(state.release(id, isClean: true)) }
        if let leaseID = request.lease {
            beginLease(leaseID, on: connection, with: request)
        } else {
            execute(request, on: connection) { [weak self] outcome in
                self?.release(connection)
                request.complete(outcome)
            }
        }
    }

    func release(_ connection: Connection) {
        guard connection.isOpen else { return }
        state.proven(connection.id)
        perform(state.release(connection.id, isClean: connection.isClean))
    }

    func proven(_ connection: Connection) {
        state.proven(connection.id)
    }

    // MARK: - Connections

    private func perform(_ actions: [PoolState.Action]) {
        // First, so that who is told of a failure below finds the pool as it is.
        if state.liveCount > 0, !state.isClosed { readiness.open() } else { readiness.shut() }
        for action in actions {
            switch action {
            case .open(let id): open(id)
            case .close(let id): connections.removeValue(forKey: id)?.close()
            case .give(let id, let waiter): give(id, to: waiter)
            case .scheduleRetry(let delay):
                thread.setTimer(at: .now + delay) { [weak self] in
                    guard let self else { return }
                    perform(state.retry())
                }
            case .fail(let waiters):
                let error = state.isClosed ? PoolCore.closed : lastError ?? PoolCore.acquireTimeout
                for waiter in waiters { failWaiting(waiter, error) }
            }
        }
        resumeIfEmpty()
    }

    private func open(_ id: PoolState.ConnectionID) {
        let connection = Connection(id: id, on: thread, configuration, logger: logger)
        connections[id] = connection
        connection.onEvent = { [weak self, weak connection] event in
            guard let self, let connection else { return }
            switch event {
            case .opened: opened(connection)
            case .lost(let error): ended(connection, error)
            case .notified: break
            }
        }
        connection.open(settings, rotation: failedOpenings)
    }

    private func opened(_ connection: Connection) {
        logger.note(outage.succeeded(), "connected to PostgreSQL again")
        failedOpenings = 0
        lastError = nil
        perform(state.opened(connection.id))
    }

    private func ended(_ connection: Connection, _ error: PostgresError) {
        guard connections.removeValue(forKey: connection.id) != nil else { return }
        logger.note(outage.failed(), "a connection to PostgreSQL has ended", error)
        lastError = error
        failedOpenings += 1
        loseLease(of: connection, error)
        perform(state.lost(connection.id))
    }

    // MARK: - End

    /// Takes no new requests, lets running ones finish, and resumes `continuation` when all is closed.
    func close(within limit: Duration, _ continuation: CheckedContinuation<Void, Never>) {
        whenEmpty.append(continuation)
        thread.setTimer(at: .now + limit) { [weak self] in self?.shutDown() }
        closeBesides()
        perform(state.close())
    }

    /// Ends everything at once.
    func shutDown() {
        closeBesides()
        let actions = state.close()
        for connection in connections.values { connection.close() }
        connections = [:]
        perform(actions)
        for lease in leases.values { endLease(lease, PoolCore.closed) }
        leases = [:]
        resumeIfEmpty()
    }

    private func closeBesides() {
        for listener in listeners.values { listener.stop() }
        listeners = [:]
        for lease in leases.values where lease.isSession { endSession(lease.id) }
    }

    private func resumeIfEmpty() {
        guard state.isClosed, connections.isEmpty, !whenEmpty.isEmpty else { return }
        let continuations = whenEmpty
        whenEmpty = []
        for continuation in continuations { continuation.resume() }
    }

    static let closed = PostgresError(.closed, "the pool is closed")
    static let cancelled = PostgresError(.cancelled, "the task was cancelled while it waited for a connection")
    static let acquireTimeout = PostgresError(.timeout, "no connection became free in time")
}

extension Logger {
    /// Writes a line about an outage, where there is one to write.
    func note(_ line: Outage.Line?, _ message: Logger.Message, _ error: PostgresError? = nil) {
        guard let line else { return }
        var facts: Logger.Metadata = [:]
        if let error { facts["postgres.error"] = "\(error)" }
        if case .goesOn(let failures, let lasting) = line {
            facts["failures"] = "\(failures)"
            facts["seconds"] = "\(lasting.wholeSeconds)"
        }
        if case .ended(let failures, let lasted) = line {
            facts["failures"] = "\(failures)"
            facts["seconds"] = "\(lasted.wholeSeconds)"
        }
        info(message, metadata: facts)
    }
}
