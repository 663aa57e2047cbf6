import RemindersGround

/// A connection of one's own, for what belongs to a session: advisory locks, settings, temporary tables.
public final class PostgresSession: Querying {
    private let requester: Requester
    private let lease: Lease.ID
    private let loss: SessionLoss

    init(_ requester: Requester, _ lease: Lease.ID, _ loss: SessionLoss) {
        self.requester = requester
        self.lease = lease
        self.loss = loss
    }

    /// Whether the connection has ended, and with it everything the session held. A server that is silent is asked
    /// for a sign of life each `PostgresConfiguration.heartbeat`.
    public var isLost: Bool { loss.error != nil }

    /// Waits until the connection has ended.
    ///
    /// - Returns: why, or nil when the task was cancelled before.
    nonisolated(nonsending) public func waitUntilLost() async -> PostgresError? {
        await loss.wait()
    }

    /// Runs statements in one flush and, unless the session has begun a transaction, as one.
    @discardableResult
    nonisolated(nonsending) public func pipeline(_ queries: [Query]) async throws(PostgresError) -> [Rows] {
        try await send(.queries(try Requester.encode(queries)))
    }

    /// Runs a text of one or many statements without parameters by the simple protocol.
    ///
    /// - Parameter timeout: the server's `statement_timeout` from now on in this session; nil leaves it as it is.
    nonisolated(nonsending) public func execute(script: String, timeout: Duration? = nil) async throws(PostgresError) {
        _ = try await send(.scripts([script], timeout: timeout))
    }

    /// Runs `body` in a transaction of this session; see `PostgresPool.transaction`. One at a time.
    @discardableResult
    nonisolated(nonsending) public func transaction<Value>(
        _ mode: TransactionMode = .readCommitted,
        _ body: nonisolated(nonsending) (Transaction) async throws -> Value
    ) async throws -> Value {
        try await Transaction(requester, mode, session: lease).run(body)
    }

    nonisolated(nonsending) private func send(_ work: Request.Work) async throws(PostgresError) -> [Rows] {
        try await requester.send(work) { request in
            var request = request
            request.lease = lease
            requester.submit(request)
        }
    }
}

extension Transaction {
    nonisolated(nonsending) func run<Value>(
        _ body: nonisolated(nonsending) (Transaction) async throws -> Value
    ) async throws -> Value {
        do {
            let value = try await body(self)
            try await complete()
            return value
        } catch {
            await abandon()
            throw error
        }
    }
}

/// Tells whoever waits that a session has lost its connection.
final class SessionLoss: Sendable {
    private let reason = Locked<PostgresError?>(nil)
    private let gate = Gate()

    var error: PostgresError? { reason.withLock { $0 } }

    /// The first reason counts.
    func signal(_ error: PostgresError) {
        reason.withLock { $0 = $0 ?? error }
        gate.open()
    }

    /// - Returns: the reason, or nil when the task was cancelled first.
    func wait() async -> PostgresError? {
        await gate.wait() ? error : nil
    }
}
