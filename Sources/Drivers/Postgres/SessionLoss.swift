import Synchronization

/// Tells whoever waits that a session has lost its connection.
final class SessionLoss: Sendable {
    private struct State {
        var error: PostgresError?
        var waiters: [UInt64: CheckedContinuation<PostgresError?, Never>] = [:]
    }

    private let state = Mutex(State())

    var error: PostgresError? { state.withLock { $0.error } }

    func signal(_ error: PostgresError) {
        let waiters = state.withLock { state in
            guard state.error == nil else { return [CheckedContinuation<PostgresError?, Never>]() }
            state.error = error
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume(returning: error) }
    }

    /// - Returns: the reason, or nil when the task was cancelled first.
    func wait() async -> PostgresError? {
        let id = Numbers.next()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let known: PostgresError?? = state.withLock { state in
                    if let error = state.error { return .some(error) }
                    // Looked at under the lock: a cancellation after this finds the waiter.
                    if Task.isCancelled { return .some(nil) }
                    state.waiters[id] = continuation
                    return .none
                }
                if let known { continuation.resume(returning: known) }
            }
        } onCancel: {
            let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
            waiter?.resume(returning: nil)
        }
    }
}
