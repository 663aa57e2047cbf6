import Synchronization

/// Lets one task sleep for a while, until it is woken, or until it is stopped for good.
///
/// A ring while nobody sleeps is kept for the next sleep: nothing that happens between looking and sleeping is missed.
final class Alarm: Sendable {
    private struct State {
        var sleeper: CheckedContinuation<Void, Never>?
        var hasRung = false
        var isStopped = false
        var generation: UInt64 = 0
    }

    private let state = Mutex(State())

    var isStopped: Bool {
        state.withLock { $0.isStopped }
    }

    /// Sleeps until `duration` is over, the alarm rings, or it is stopped.
    func wait(for duration: Duration) async {
        let generation = state.withLock { state in
            state.generation += 1
            return state.generation
        }
        let timer = Task {
            try await Task.sleep(for: duration)
            self.wakeSleeper { state in
                guard state.generation == generation else { return false }
                // The time was over before the sleeper lay down.
                state.hasRung = state.sleeper == nil
                return true
            }
        }
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.hasRung || state.isStopped {
                    state.hasRung = false
                    return true
                }
                state.sleeper = continuation
                return false
            }
            if isOver { continuation.resume() }
        }
        timer.cancel()
    }

    /// Wakes the sleeper, or the next one at once.
    func ring() {
        wakeSleeper { state in
            state.hasRung = state.sleeper == nil
            return true
        }
    }

    /// Wakes the sleeper and lets nobody sleep any more.
    func stop() {
        wakeSleeper { state in
            state.isStopped = true
            return true
        }
    }

    private func wakeSleeper(if condition: (inout State) -> Bool) {
        let sleeper = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard condition(&state) else { return nil }
            defer { state.sleeper = nil }
            return state.sleeper
        }
        sleeper?.resume()
    }
}
