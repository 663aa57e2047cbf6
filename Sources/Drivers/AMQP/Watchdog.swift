import Glibc
import RemindersGround

/// One thread that looks after the lifelines of all connections of the process. It runs while there are any.
enum Watchdog {
    /// How often it looks.
    static let interval: Duration = .milliseconds(250)

    private struct State {
        var lifelines: [Lifeline] = []
        var running = false
    }

    private static let state = Locked(State())

    /// Looks after `lifeline` until it is released.
    static func add(_ lifeline: Lifeline) {
        let start = state.withLock { state in
            state.lifelines.append(lifeline)
            defer { state.running = true }
            return !state.running
        }
        if start { startThread() }
    }

    private static func startThread() {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        var identity = pthread_t()
        let result = pthread_create(
            &identity, &attributes,
            { _ in
                while Watchdog.look() { usleep(250_000) }
                return nil
            }, nil)
        precondition(result == 0, "no thread could be started: error \(result)")
        pthread_attr_destroy(&attributes)
    }

    /// - Returns: false when nothing is left to look after, and the thread ends.
    private static func look() -> Bool {
        let now = ContinuousClock.now
        return state.withLock { state in
            state.lifelines.removeAll { !$0.inspect(now: now) }
            state.running = !state.lifelines.isEmpty
            return state.running
        }
    }
}
