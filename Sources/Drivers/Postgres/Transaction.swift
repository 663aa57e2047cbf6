import RemindersGround
import RemindersIOThread

/// A transaction in progress; see `PostgresPool.transaction`.
///
/// Nothing is sent before the first query: BEGIN goes out with it, in the same flush. Until then no connection is
/// taken either.
public final class Transaction: Querying {
    private struct State {
        var isStarted = false
        var isEnded = false
        /// Why `finish` failed, so that the body can't end as if it had not.
        var failure: PostgresError?
    }

    private let requester: Requester
    private let lease: Lease.ID
    private let ownsLease: Bool
    private let begin: EncodedQuery
    private let state = Locked(State())

    /// - Parameter session: the lease of the session it is part of; nil for a connection of the pool.
    init(_ requester: Requester, _ mode: TransactionMode, session: Lease.ID? = nil) {
        self.requester = requester
        lease = session ?? Numbers.next()
        ownsLease = session == nil
        begin = mode.begin
    }

    /// Runs statements in one flush and one round trip.
    ///
    /// - Returns: the rows of each.
    /// - Throws: `PostgresError` with `queryIndex`; after it the transaction has failed and can only be left by
    ///   throwing.
    @discardableResult
    nonisolated(nonsending) public func pipeline(_ queries: [Query]) async throws(PostgresError) -> [Rows] {
        try await send(.queries(try Requester.encode(queries)))
    }

    /// Runs the last statements and COMMIT in one flush and one round trip. The transaction is over after it.
    ///
    /// - Throws: `PostgresError`; `.commitInDoubt` when the answer to COMMIT was lost.
    @discardableResult
    nonisolated(nonsending) public func finish(_ queries: [Query] = []) async throws(PostgresError) -> [Rows] {
        let work = Request.Work.finish(try Requester.encode(queries))
        do {
            let rows = try await send(work, endsLease: true)
            state.withLock { $0.isEnded = true }
            return rows
        } catch {
            state.withLock { $0.failure = error }
            throw error
        }
    }

    /// Runs a text of one or many statements without parameters by the simple protocol, as part of the transaction.
    ///
    /// - Parameter timeout: the server's `statement_timeout` for this and what follows; nil for the pool's own.
    nonisolated(nonsending) public func execute(script: String, timeout: Duration? = nil) async throws(PostgresError) {
        _ = try await send(.scripts([script], timeout: timeout))
    }

    /// After the body has returned: commits, unless that has been done.
    nonisolated(nonsending) func complete() async throws(PostgresError) {
        let (isEnded, failure) = state.withLock { ($0.isEnded || !$0.isStarted, $0.failure) }
        if let failure { throw failure }
        if isEnded {
            state.withLock { $0.isEnded = true }
            return
        }
        try await finish()
    }

    /// After the body has thrown: rolls back and gives the connection back.
    nonisolated(nonsending) func abandon() async {
        guard state.withLock({ $0.isStarted && !$0.isEnded }) else {
            state.withLock { $0.isEnded = true }
            return
        }
        // An error means that the connection is gone, and the transaction with it.
        _ = try? await send(.rollback, endsLease: true)
        state.withLock { $0.isEnded = true }
    }

    nonisolated(nonsending) private func send(
        _ work: Request.Work, endsLease: Bool = false
    ) async throws(PostgresError) -> [Rows] {
        try await requester.send(work) { request in
            var request = request
            request.lease = lease
            request.begin = begin
            request.endsLease = endsLease && ownsLease
            // Handed over under the lock: only the first request may take a connection, and none after the end.
            let accepted = state.withLock { state in
                guard !state.isEnded else { return false }
                request.startsLease = ownsLease && !state.isStarted
                state.isStarted = true
                requester.submit(request)
                return true
            }
            if !accepted { request.fail(PostgresError(.closed, "the transaction has ended")) }
        }
    }
}

/// How a transaction begins (PostgreSQL manual, "Transaction Isolation").
public enum TransactionMode: Sendable {
    /// Each statement sees what is committed when it begins.
    case readCommitted
    /// All statements see what was committed when the first began.
    case repeatableRead
    /// As if transactions ran one after the other; may fail with SQLSTATE 40001 and has then to be done again.
    case serializable
    /// Repeatable read that changes nothing.
    case readOnly

    var begin: EncodedQuery {
        switch self {
        case .readCommitted: Self.beginReadCommitted
        case .repeatableRead: EncodedQuery(command: "BEGIN ISOLATION LEVEL REPEATABLE READ")
        case .serializable: EncodedQuery(command: "BEGIN ISOLATION LEVEL SERIALIZABLE")
        case .readOnly: EncodedQuery(command: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        }
    }

    private static let beginReadCommitted = EncodedQuery(command: "BEGIN ISOLATION LEVEL READ COMMITTED")
}
