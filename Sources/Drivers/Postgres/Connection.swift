import CLibPQ
import Logging
import RemindersIOThread

/// One connection to the server: the owner of a `PGconn`, driven by readiness of its socket.
///
/// It is used on its I/O thread alone. It ends once, by `close` or by a failure, and is not used again after that.
final class Connection {
    /// What its owner is told.
    enum Event {
        case opened
        /// It could not be opened, or has ended; not after `close`.
        case lost(PostgresError)
        case notified(channel: String, payload: String)
    }

    private enum Phase {
        case opening
        case idle
        case running
        case closed
    }

    let id: Int
    let thread: IOThread
    let configuration: PostgresConfiguration
    let logger: Logger
    var onEvent: (Event) -> Void = { _ in }

    /// The handle; nil before it is started and after it has ended.
    var handle: OpaquePointer?
    var statements = StatementCache()
    /// What is being answered.
    var run: Run?
    /// Whether the last segment failed because a prepared statement is gone or out of date.
    var stale = false
    /// Whether it is of no use on a server that can't be written to.
    var leadsToThePrimary = false
    /// Whether the session may differ from a new one in other ways than by an open transaction.
    private(set) var isTainted = false

    private var phase = Phase.opening
    private var watched: (descriptor: Int32, events: PollEvents)?
    private var deadline: IOTimer?

    init(id: Int, on thread: IOThread, _ configuration: PostgresConfiguration, logger: Logger) {
        self.id = id
        self.thread = thread
        self.configuration = configuration
        self.logger = logger
    }

    deinit {
        // Not reached with a handle, unless the owner forgot it: its socket would still be watched.
        PQfinish(handle)
    }

    var isIdle: Bool { phase == .idle }
    var isOpen: Bool { phase == .idle || phase == .running }
    var isEnded: Bool { phase == .closed }
    var isOpening: Bool { phase == .opening }

    /// Whether a transaction is open or has failed, as the server said last.
    var isInTransaction: Bool { PQtransactionStatus(handle) != PQTRANS_IDLE }

    /// Whether nothing is left of earlier use.
    var isClean: Bool { isIdle && !isTainted && !isInTransaction }

    /// The server accepted: from now on queries can run.
    func becomeOpen() {
        phase = .idle
        cancelDeadline()
        onEvent(.opened)
    }

    func becomeRunning(_ run: Run) {
        self.run = run
        phase = .running
        // A script may have changed any setting.
        if run.scripts != nil { isTainted = true }
    }

    /// Forgets what is prepared; the server does not, so the connection is not for the next one.
    func abandonStatements() {
        statements.forgetAll()
        isTainted = true
    }

    /// Ends the run with `outcome`.
    func becomeIdle(_ outcome: Result<[QueryResult], PostgresError>) {
        guard let run else { return }
        self.run = nil
        phase = .idle
        cancelDeadline()
        run.completion(outcome)
    }

    /// Ends the connection because of `error`.
    func lose(_ error: PostgresError) {
        guard phase != .closed else { return }
        let run = run
        tearDown()
        run?.completion(.failure(run?.lost(error) ?? error))
        onEvent(.lost(error))
    }

    /// Ends the connection on the owner's wish.
    func close() {
        guard phase != .closed else { return }
        let run = run
        tearDown()
        let error = PostgresError(.closed, "the connection was closed")
        run?.completion(.failure(run?.lost(error) ?? error))
    }

    private func tearDown() {
        phase = .closed
        run = nil
        unwatch()
        cancelDeadline()
        PQfinish(handle)
        handle = nil
    }

    // MARK: - Readiness

    /// Waits for `events` on the socket as it is now.
    func watch(_ events: PollEvents) {
        let descriptor = PQsocket(handle)
        guard descriptor >= 0 else { return }
        if let watched, watched == (descriptor, events) { return }
        unwatch()
        watched = (descriptor, events)
        thread.watch(descriptor, for: events) { [weak self] _ in self?.socketIsReady() }
    }

    /// To be called before anything that may close the socket.
    func unwatch() {
        guard let watched else { return }
        thread.unwatch(watched.descriptor)
        self.watched = nil
    }

    private func socketIsReady() {
        switch phase {
        case .opening: continueOpening()
        case .idle, .running: exchange()
        case .closed: break
        }
    }

    // MARK: - Deadline

    func setDeadline(_ instant: ContinuousClock.Instant, expired: @escaping () -> Void) {
        cancelDeadline()
        deadline = thread.setTimer(at: instant, handler: expired)
    }

    private func cancelDeadline() {
        if let deadline { thread.cancelTimer(deadline) }
        deadline = nil
    }
}

/// What is prepared on one connection.
struct StatementCache {
    /// A statement is prepared for the types of its parameters: the same text with others is another one.
    struct Key: Hashable {
        let sql: String
        let types: [UInt32]
    }

    /// Texts are constants of the program; more than this many come from somewhere else, and are not kept.
    static let capacity = 500

    private var names: [Key: String] = [:]
    private var made = 0

    func name(of key: Key) -> String? {
        names[key]
    }

    var isFull: Bool { names.count >= Self.capacity }

    /// A name never used before on this connection, so that a forgotten statement can't be mistaken for a new one.
    mutating func newName() -> String {
        made += 1
        return "s\(made)"
    }

    mutating func prepared(_ key: Key, as name: String) {
        names[key] = name
    }

    mutating func forgetAll() {
        names = [:]
    }
}
