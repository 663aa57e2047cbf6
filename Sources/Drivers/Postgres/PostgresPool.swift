import Logging
import RemindersGround
import RemindersIOThread

/// Connections to one database, opened as they are needed and replaced when they fail.
///
/// All of them live on one thread; a call costs one hop there and one resumption back. A request whose task is
/// cancelled while it waits for a connection ends with `.cancelled`; one that is running is waited for, so that its
/// outcome is known: at most `PostgresConfiguration.statementTimeout` and its margin.
///
/// Without a server, a request fails with `.connection` when the next attempt to connect has failed; attempts are
/// made with growing pauses.
public final class PostgresPool: Querying {
    private let core: ThreadConfined<PoolCore>
    private let readiness = Gate()
    private let requester: Requester
    private let configuration: PostgresConfiguration

    /// Starts the pool and its first connection.
    public init(configuration: PostgresConfiguration, logger: Logger) {
        let thread = IOThread(name: "postgres")
        let core = PoolCore(configuration, on: thread, readiness: readiness, logger: logger)
        self.core = ThreadConfined(core, on: thread)
        self.configuration = configuration
        requester = Requester(core: self.core)
        self.core.perform { $0.start() }
    }

    deinit {
        core.perform { $0.shutDown() }
    }

    /// Whether there is a connection now.
    public var isReady: Bool { readiness.isOpen }

    /// Asks the server for a sign of life.
    nonisolated(nonsending) public func ping() async -> Bool {
        let work = Request.Work.queries([EncodedQuery(command: "SELECT 1")])
        do {
            _ = try await requester.send(work, patience: configuration.connectTimeout)
            return true
        } catch {
            return false
        }
    }

    /// Runs statements in one flush, one round trip and one transaction: when one fails, all are undone.
    ///
    /// - Returns: the rows of each.
    /// - Throws: `PostgresError` with `queryIndex`; see `mayHaveTakenEffect` before sending them again.
    @discardableResult
    nonisolated(nonsending) public func pipeline(_ queries: [Query]) async throws(PostgresError) -> [Rows] {
        try await requester.send(.queries(try Requester.encode(queries)))
    }

    /// Runs `body` in a transaction on one connection: commits when it returns, rolls back when it throws.
    ///
    /// `Transaction.finish` sends the last statements together with COMMIT. A body that reads with one `pipeline` and
    /// ends with `finish` takes two round trips.
    ///
    /// - Throws: what `body` throws, or a `PostgresError`: `.commitInDoubt` when the answer to COMMIT was lost.
    @discardableResult
    nonisolated(nonsending) public func transaction<Value>(
        _ mode: TransactionMode = .readCommitted,
        _ body: nonisolated(nonsending) (Transaction) async throws -> Value
    ) async throws -> Value {
        try await Transaction(requester, mode).run(body)
    }

    /// Runs a text of one or many statements without parameters by the simple protocol, for migrations. The
    /// statements are one transaction unless the text has BEGIN and COMMIT. The connection is not used again.
    ///
    /// - Parameter timeout: the server's `statement_timeout` for it; nil for the pool's own.
    nonisolated(nonsending) public func execute(script: String, timeout: Duration? = nil) async throws(PostgresError) {
        _ = try await requester.send(.scripts([script], timeout: timeout))
    }

    /// Listens to a channel on a connection of its own, which is made again whenever it is lost.
    ///
    /// Notifications are hints: they are lost while there is no connection, and of more than 64 unread ones the
    /// oldest are dropped. So look at the tables from time to time beside it, and at each `.listening`. The stream
    /// ends when the pool closes; leave the loop, or cancel its task, to stop listening.
    public func listen(_ channel: String) -> AsyncStream<PostgresNotification> {
        let (stream, output) = AsyncStream.makeStream(
            of: PostgresNotification.self, bufferingPolicy: .bufferingNewest(64))
        let id = Numbers.next()
        output.onTermination = { [core] _ in core.perform { $0.stopListening(id) } }
        core.perform { $0.listen(id, to: channel, output) }
        return stream
    }

    /// Runs `body` with a connection of its own, beside those of the pool, which is closed afterwards.
    @discardableResult
    nonisolated(nonsending) public func withSession<Value>(
        _ body: nonisolated(nonsending) (PostgresSession) async throws -> Value
    ) async throws -> Value {
        let id = Numbers.next()
        let loss = SessionLoss()
        await withCheckedContinuation { continuation in
            core.perform { $0.openSession(id, loss, continuation) }
        }
        defer { core.perform { $0.endSession(id) } }
        if let error = loss.error { throw error }
        return try await body(PostgresSession(requester, id, loss))
    }

    /// Ends the pool: what waits for a connection fails with `.closed`, what runs is waited for, sessions and
    /// listeners end at once.
    ///
    /// - Parameter limit: after which everything is cut off.
    public func close(within limit: Duration = .seconds(10)) async {
        await withCheckedContinuation { continuation in
            core.perform { $0.close(within: limit, continuation) }
        }
    }
}

/// Hands a value that belongs to one I/O thread about, and lets only that thread get at it.
///
/// `@unchecked Sendable`: `value` is read in work that runs on `thread` alone. It is destroyed wherever the last
/// reference goes, so what must be ended on the thread is ended there first (`PoolCore.shutDown`).
final class ThreadConfined<Value>: @unchecked Sendable {
    let thread: IOThread
    private let value: Value

    init(_ value: Value, on thread: IOThread) {
        self.value = value
        self.thread = thread
    }

    /// Queues `work` on the thread.
    func perform(_ work: @escaping @Sendable (Value) -> Void) {
        thread.perform { work(self.value) }
    }

    /// For code that runs on the thread already.
    func get() -> Value {
        thread.checkIsolated()
        return value
    }
}
