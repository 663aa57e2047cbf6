import RemindersDomain
import RemindersPostgres
import Synchronization

/// Who owns claims: service instances, and how others see that one lives.
extension SQL {
    static let holdInstanceLock = Statement("holdInstanceLock", "SELECT pg_try_advisory_lock(1380273484, $1)")

    static let serviceInstances = [holdInstanceLock]
}

/// Shows the others that this process lives, so that nobody takes over what it has claimed while it does, and somebody
/// does as soon as it does not: it holds an advisory lock on a session of its own, which PostgreSQL ends with the
/// connection.
public final class Presence: Sendable {
    private struct State {
        var isShown = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    /// This process among all there ever were: a random number.
    public let instance: Int32
    private let store: ReminderStore
    private let state = Mutex(State())

    /// A new instance.
    public init(store: ReminderStore) {
        self.store = store
        instance = Int32.random(in: 1...Int32.max)
    }

    /// Holds the lock, again whenever its session was lost, until the task is cancelled.
    ///
    /// - Parameter onLoss: told each time why the lock could not be had, or was lost.
    public func run(onLoss: @Sendable (any Error) -> Void) async {
        while !Task.isCancelled {
            do {
                try await store.pool.withSession { session in
                    _ = try await session.query(SQL.holdInstanceLock(.int4(instance)))
                    show()
                    _ = await session.waitUntilLost()
                }
            } catch {
                if !Task.isCancelled { onLoss(error) }
            }
            try? await Task.sleep(for: .milliseconds(500))
        }
    }

    /// Waits until the process has shown itself for the first time; nothing should be claimed before.
    public func shown() async {
        await withCheckedContinuation { continuation in
            let isShown = state.withLock { state in
                if !state.isShown { state.waiting.append(continuation) }
                return state.isShown
            }
            if isShown { continuation.resume() }
        }
    }

    private func show() {
        let waiting = state.withLock { state in
            state.isShown = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
