import RemindersIOThread

/// Whether a connection can be used, for other threads to ask or to wait for.
final class Readiness: Sendable {
    private struct State {
        var ready = false
        var ended = false
        var waiters: [(number: UInt64, continuation: CheckedContinuation<Bool, Never>)] = []
        var nextWaiter: UInt64 = 0
    }

    private let state = Locked(State())

    var isReady: Bool { state.withLock { $0.ready } }

    func set(_ ready: Bool) {
        let waiters = state.withLock { state in
            state.ready = ready
            defer { if ready { state.waiters = [] } }
            return ready ? state.waiters : []
        }
        for waiter in waiters { waiter.continuation.resume(returning: true) }
    }

    /// It will not become ready again.
    func end() {
        let waiters = state.withLock { state in
            (state.ready, state.ended) = (false, true)
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.continuation.resume(returning: false) }
    }

    /// - Returns: false when it ended, or the task is cancelled.
    func wait() async -> Bool {
        let number = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    // Cancelled shows here, or the handler below finds the waiter.
                    if state.ready { return true }
                    if state.ended || Task.isCancelled { return false }
                    state.waiters.append((number, continuation))
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.waiters.firstIndex { $0.number == number }.map { state.waiters.remove(at: $0) }
            }
            waiter?.continuation.resume(returning: false)
        }
    }
}
