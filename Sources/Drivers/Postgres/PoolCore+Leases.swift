import RemindersIOThread

/// A connection kept for one transaction or session, and what waits for its turn on it.
final class Lease {
    typealias ID = UInt64

    let id: ID
    /// Set for a session: told when its connection is lost.
    let loss: SessionLoss?
    var connection: Connection?
    /// Why the connection has gone.
    var lostBecause: PostgresError?
    private var queue: [Request] = []

    init(id: ID, loss: SessionLoss? = nil) {
        self.id = id
        self.loss = loss
    }

    var isSession: Bool { loss != nil }

    func append(_ request: Request) {
        queue.append(request)
    }

    /// The next request, when the connection can take one.
    func next() -> Request? {
        guard let connection, connection.isIdle, !queue.isEmpty else { return nil }
        return queue.removeFirst()
    }

    /// Answers all that wait, when the connection has gone.
    func failAll(_ error: PostgresError) {
        let requests = queue
        queue = []
        for request in requests { request.fail(error) }
    }

    /// What later requests are answered with.
    var lossError: PostgresError {
        let reason = lostBecause.map { ": \($0.message)" } ?? ""
        return PostgresError(
            .connection, "the connection of this transaction or session was lost\(reason)",
            sqlState: lostBecause?.sqlState)
    }
}

extension PoolCore {
    /// The pool has given `connection` to the transaction that `request` begins.
    func beginLease(_ id: Lease.ID, on connection: Connection, with request: Request) {
        guard let lease = leases[id] else {
            release(connection)
            return request.fail(PoolCore.closed)
        }
        lease.connection = connection
        lease.append(request)
        advance(lease)
    }

    /// Runs what waits on the lease's connection, one after the other.
    func advance(_ lease: Lease) {
        if lease.lostBecause != nil { lease.failAll(lease.lossError) }
        guard let request = lease.next(), let connection = lease.connection else { return }
        guard connection.probe() else {
            // `loseLease` has answered the others.
            return request.fail(lease.lossError)
        }
        execute(request, on: connection) { [weak self] outcome in
            guard let self else { return request.complete(outcome) }
            proven(connection)
            if request.endsLease, request.isLast(outcome) { returnConnection(of: lease) }
            request.complete(outcome)
            advance(lease)
        }
    }

    private func returnConnection(of lease: Lease) {
        leases[lease.id] = nil
        guard let connection = lease.connection else { return }
        lease.connection = nil
        release(connection)
        lease.failAll(PostgresError(.closed, "the transaction has ended"))
    }

    func loseLease(of connection: Connection, _ error: PostgresError) {
        for lease in leases.values where lease.connection === connection { endLease(lease, error) }
    }

    func endLease(_ lease: Lease, _ error: PostgresError) {
        lease.connection = nil
        lease.lostBecause = lease.lostBecause ?? error
        lease.failAll(lease.lossError)
        lease.loss?.signal(error)
    }

    // MARK: - Sessions

    /// Opens a connection beside the pool's for a session, and resumes `continuation` when it is open, or lost already.
    func openSession(
        _ id: Lease.ID, _ loss: SessionLoss, _ continuation: CheckedContinuation<Void, Never>
    ) {
        guard !isClosed else {
            loss.signal(PoolCore.closed)
            return continuation.resume()
        }
        let connection = Connection(id: -1, on: thread, configuration, logger: logger)
        let lease = Lease(id: id, loss: loss)
        lease.connection = connection
        leases[id] = lease
        var opening = Optional(continuation)
        connection.onEvent = { [weak self, weak lease] event in
            switch event {
            case .opened:
                opening?.resume()
                opening = nil
                if let self, let lease { scheduleHeartbeat(lease) }
            case .lost(let error):
                if let self, let lease { endLease(lease, error) }
                if let refused = opening {
                    self?.leases[id] = nil
                    opening = nil
                    refused.resume()
                }
            case .notified: break
            }
        }
        connection.open(settings)
    }

    /// Closes a session's connection; the server gives up its locks.
    func endSession(_ id: Lease.ID) {
        guard let lease = leases.removeValue(forKey: id) else { return }
        let connection = lease.connection
        endLease(lease, PostgresError(.closed, "the session has ended"))
        connection?.close()
    }

    /// Asks an idle session's server for a sign of life from time to time: a frozen one would not be noticed.
    private func scheduleHeartbeat(_ lease: Lease) {
        thread.setTimer(at: .now + configuration.heartbeat) { [weak self, weak lease] in
            guard let self, let lease, let connection = lease.connection else { return }
            guard connection.isIdle else { return scheduleHeartbeat(lease) }
            connection.run(Heartbeat.segment, timeout: configuration.connectTimeout) { [weak self, weak lease] _ in
                guard let self, let lease else { return }
                advance(lease)
            }
            scheduleHeartbeat(lease)
        }
    }
}

/// The cheapest statement that has an answer.
enum Heartbeat {
    static let segment = Segment([EncodedQuery(command: "SELECT 1")], begin: nil, isOpen: true, commits: false)
}

extension Request {
    /// Whether nothing more can come on the lease: a transaction whose end failed is rolled back by another request.
    fileprivate func isLast(_ outcome: Result<[QueryResult], PostgresError>) -> Bool {
        if case .rollback = work { return true }
        if case .success = outcome { return true }
        return false
    }
}
