import Logging
import RemindersDomain
import RemindersGround
import RemindersPostgres

/// Who owns claims: service instances, and how others see that one lives.
extension SQL {
    static let tryInstanceLock = Statement<Int32>(
        "tryInstanceLock", "SELECT pg_try_advisory_lock(1380273484, $1) AS is_held, pg_backend_pid() AS backend")

    static let awaitInstanceLock = Statement<Int32>("awaitInstanceLock", "SELECT pg_advisory_lock(1380273484, $1)")

    // Not before a session waits for the lock: so it goes from hand to hand, and nobody finds it free in between.
    static let endFormerSessionIfAwaited = Statement<Int32, Int32>(
        "endFormerSessionIfAwaited",
        """
        SELECT pg_terminate_backend(held.pid)
        FROM pg_locks held
        JOIN pg_locks awaited USING (locktype, database, classid, objid, objsubid)
        WHERE held.locktype = 'advisory' AND held.classid = 1380273484 AND held.objid = $1::integer::oid AND held.objsubid = 2
            AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND held.pid = $2 AND held.granted AND NOT awaited.granted
        """)

    // From now on the server itself ends the session, and with it the lock, of a process that is silent for so long.
    static let endSessionWhenSilent = Statement<Duration>(
        "endSessionWhenSilent", "SELECT set_config('idle_session_timeout', $1::float8::bigint::text, false)")

    static let showLife = PlainStatement("showLife", "SELECT")

    static let serviceInstances: [any AnyStatement] = [
        tryInstanceLock, awaitInstanceLock, endFormerSessionIfAwaited, endSessionWhenSilent, showLife,
    ]
}

/// Shows the others that this process lives, so that nobody takes over what it has claimed while it does, and somebody
/// does as soon as it does not: it holds an advisory lock on a session of its own, which PostgreSQL ends with the
/// connection.
///
/// A process that stands still (stopped, swapped out, its threads stuck) would keep connection and lock. So it shows a sign
/// of life every few seconds, and PostgreSQL ends the session of one that does not (`idle_session_timeout`). It goes by the
/// same clock itself, and is uncertain some seconds before: whoever wakes late knows that it may have been replaced.
///
/// While it is not certain that the lock is held, nothing may be claimed: what is claimed would look like a dead
/// process's. After the loss of a connection the server may still keep the former session, with the lock; that session
/// is ended then, and the lock waited for.
public final class Presence: Sendable {
    /// How often a process shows that it lives, and how long it may be silent.
    public struct Pace: Sendable {
        /// From one sign of life to the next.
        public var signs: Duration = .seconds(3)
        /// After so long without one that was answered, a process is not certain any more that others see it.
        public var certainty: Duration = .seconds(12)
        /// After so long without one PostgreSQL takes it for dead. The difference is for what was begun while certain.
        public var silence: Duration = .seconds(15)

        /// A sign every 3 s, uncertain after 12 s, dead after 15 s.
        public init() {}
    }

    private struct State {
        /// When the last sign of life was sent that was answered.
        var shownAt: ContinuousClock.Instant?
        /// How often it became uncertain.
        var lapses = 0
        var reason = "it has not shown itself yet"
        /// The server's process behind the session that held the lock last.
        var backend: Int32?
    }

    /// This process among all there ever were: a random number.
    public let instance: Int32
    private let store: ReminderStore
    private let pace: Pace
    private let duty: Duty
    private let logger: Logger
    private let state = Locked(State())
    private let certainty = Gate()

    /// A new instance.
    ///
    /// - Parameters:
    ///   - pace: how often it shows itself.
    ///   - logger: learns when the lock can not be had, or is lost.
    public init(store: ReminderStore, pace: Pace = Pace(), logger: Logger) {
        self.store = store
        self.pace = pace
        self.logger = logger
        duty = Duty("presence", logger: logger)
        instance = Int32.random(in: 1...Int32.max)
    }

    /// Whether the others see that this process lives, as far as this process can know: it has the lock, and has shown itself
    /// lately.
    public var isCertain: Bool {
        guard certainty.isOpen else { return false }
        let shownAt = state.withLock { $0.shownAt }
        if let shownAt, ContinuousClock.now - shownAt < pace.certainty { return true }
        becomeUncertain("it could not show itself for \(pace.certainty)")
        return false
    }

    /// A question to be asked later: whether this process was certain all the time from now on, so that nobody can have taken
    /// over what it claims now. Once answered with no, it stays no.
    public func certaintyFromNowOn() -> @Sendable () -> Bool {
        let lapses = state.withLock { $0.lapses }
        return { [self] in isCertain && state.withLock { $0.lapses } == lapses }
    }

    /// Why it is not certain; nil while it is.
    public var trouble: String? {
        if let trouble = duty.trouble { return trouble }
        return isCertain ? nil : state.withLock { $0.reason }
    }

    /// Holds the lock, again whenever its session was lost, until the task is cancelled.
    public func run() async {
        while !Task.isCancelled {
            var held = false
            do {
                try await store.pool.withSession { session in
                    _ = try await session.query(SQL.endSessionWhenSilent(pace.silence))
                    try await hold(on: session)
                    held = true
                    duty.succeeded()
                    try await showLife(on: session)
                    let signs = Task { await showLifeAgainAndAgain(on: session) }
                    let loss = await session.waitUntilLost()
                    signs.cancel()
                    await signs.value
                    becomeUncertain("the session with its lock was lost")
                    if let loss { throw loss }
                }
            } catch {
                guard !Task.isCancelled else { break }
                becomeUncertain("its lock could not be had")
                let pause = duty.failed(error)
                // What was lost is looked for at once.
                if !held { try? await Task.sleep(for: pause) }
            }
        }
        becomeUncertain("it is ending")
    }

    /// Waits until `isCertain`.
    ///
    /// - Returns: false when the task was cancelled first.
    @discardableResult
    public func certain() async -> Bool {
        while await certainty.wait() {
            if isCertain { return true }
        }
        return false
    }

    /// Shows signs of life until the session is lost or the task cancelled.
    private func showLifeAgainAndAgain(on session: PostgresSession) async {
        while !session.isLost {
            do { try await Task.sleep(for: pace.signs) } catch { return }
            // One that fails ends the session, or leaves this process uncertain after a while.
            try? await showLife(on: session)
        }
    }

    private func showLife(on session: PostgresSession) async throws {
        let sent = ContinuousClock.now
        _ = try await session.query(SQL.showLife())
        state.withLock { $0.shownAt = sent }
        certainty.open()
    }

    private func hold(on session: PostgresSession) async throws {
        let (isHeld, backend) = try await session.query(SQL.tryInstanceLock(instance))
            .readOne { (try $0.bool("is_held"), try $0.int32("backend")) }
        let former = state.withLock { state in
            defer { state.backend = backend }
            return state.backend
        }
        guard !isHeld else { return }
        becomeUncertain("a session that was lost still holds its lock")
        let ending = Task {
            if let former { await endFormerSession(former) }
        }
        defer { ending.cancel() }
        do {
            _ = try await session.query(SQL.awaitInstanceLock(instance))
        } catch {
            state.withLock { $0.backend = former }
            throw error
        }
    }

    /// Ends the session behind the server's process `backend`, if it still holds the lock, as soon as another waits.
    private func endFormerSession(_ backend: Int32) async {
        let ending = Duty("former session", logger: logger)
        while !Task.isCancelled {
            // A session of its own: what cut off the former one may have cut off the pool's connections too.
            _ = await ending.attempt {
                try await store.pool.withSession { session in
                    while !Task.isCancelled {
                        _ = try await session.query(SQL.endFormerSessionIfAwaited(instance, backend))
                        try? await Task.sleep(for: .milliseconds(50))
                    }
                }
            }
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    private func becomeUncertain(_ reason: String) {
        certainty.shut()
        state.withLock { state in
            state.reason = reason
            state.lapses += 1
        }
    }
}
