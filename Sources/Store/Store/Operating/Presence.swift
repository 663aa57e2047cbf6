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

    static let serviceInstances: [any AnyStatement] = [tryInstanceLock, awaitInstanceLock, endFormerSessionIfAwaited]
}

/// Shows the others that this process lives, so that nobody takes over what it has claimed while it does, and somebody
/// does as soon as it does not: it holds an advisory lock on a session of its own, which PostgreSQL ends with the
/// connection.
///
/// While it is not certain that the lock is held, nothing may be claimed: what is claimed would look like a dead
/// process's. After the loss of a connection the server may still keep the former session, with the lock; that session
/// is ended then, and the lock waited for.
public final class Presence: Sendable {
    private struct State {
        var reason = "it has not shown itself yet"
        /// The server's process behind the session that held the lock last.
        var backend: Int32?
    }

    /// This process among all there ever were: a random number.
    public let instance: Int32
    private let store: ReminderStore
    private let duty: Duty
    private let logger: Logger
    private let state = Locked(State())
    private let certainty = Gate()

    /// A new instance.
    ///
    /// - Parameter logger: learns when the lock can not be had, or is lost.
    public init(store: ReminderStore, logger: Logger) {
        self.store = store
        self.logger = logger
        duty = Duty("presence", logger: logger)
        instance = Int32.random(in: 1...Int32.max)
    }

    /// Whether the others see that this process lives, as far as this process can know.
    public var isCertain: Bool { certainty.isOpen }

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
                    try await hold(on: session)
                    held = true
                    becomeCertain()
                    let loss = await session.waitUntilLost()
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
        await certainty.wait()
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

    private func becomeCertain() {
        duty.succeeded()
        certainty.open()
    }

    private func becomeUncertain(_ reason: String) {
        certainty.shut()
        state.withLock { $0.reason = reason }
    }
}
