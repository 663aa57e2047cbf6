import RemindersIOThread

/// Tells whoever waits that a session has lost its connection.
final class SessionLoss: Sendable {
    private struct State {
        var error: PostgresError?
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = Locked(State())

    var error: PostgresError? { state.withLock { $0.error } }

    func signal(_ error: PostgresError) {
        let waiters = state.withLock { state in
            guard state.error == nil else { return [CheckedContinuation<Void, Never>]() }
            state.error = error
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume() }
    }

    /// - Returns: the reason, or nil when the task was cancelled first.
    func wait() async -> PostgresError? {
        let id = Numbers.next()
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waits = state.withLock { state in
                    // Looked at under the lock: a cancellation after this finds the waiter.
                    guard state.error == nil, !Task.isCancelled else { return false }
                    state.waiters[id] = continuation
                    return true
                }
                if !waits { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
            waiter?.resume()
        }
        return error
    }
}
