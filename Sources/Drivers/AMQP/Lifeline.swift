import Glibc
import RemindersGround

/// How another thread ends a call of librabbitmq that does not return.
///
/// Version 0.11 sends without a limit in time: when the broker stops reading, `amqp_basic_publish` waits for ever
/// (https://github.com/alanxz/rabbitmq-c/pull/780), heartbeats or not. The owner arms the lifeline before such calls;
/// the `Watchdog` shuts the socket down when one takes too long, and the call returns with an error.
final class Lifeline: Sendable {
    private struct State {
        var descriptor: Int32
        var deadline: ContinuousClock.Instant?
        var armed: ContinuousClock.Instant?
        var silenceLimit: Duration?
    }

    private let state: Locked<State>

    /// - Parameter descriptor: the socket; a duplicate is kept, because librabbitmq closes its own at moments of its
    ///   choice, and the number may then be someone else's.
    init(descriptor: Int32) {
        state = Locked(State(descriptor: fcntl(descriptor, F_DUPFD_CLOEXEC, 0)))
    }

    deinit {
        release()
    }

    /// The longest time without a byte from the peer; nil before heartbeats are agreed on.
    func setSilenceLimit(_ limit: Duration) {
        state.withLock { $0.silenceLimit = limit }
    }

    /// A call is about to be made that has to return within `limit`.
    func arm(for limit: Duration) {
        let now = ContinuousClock.now
        state.withLock { state in
            state.armed = now
            state.deadline = now + limit
        }
    }

    /// The call has returned.
    func disarm() {
        state.withLock { state in
            state.armed = nil
            state.deadline = nil
        }
    }

    /// Lets go of the socket. Once this returns, nothing here touches it.
    func release() {
        state.withLock { state in
            guard state.descriptor >= 0 else { return }
            close(state.descriptor)
            state.descriptor = -1
        }
    }

    /// Shuts the socket down if a call takes too long.
    ///
    /// - Returns: false when there is nothing to look after any more.
    func inspect(now: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            guard state.descriptor >= 0 else { return false }
            guard let deadline = state.deadline, let armed = state.armed else { return true }
            var overdue = now > deadline
            if let limit = state.silenceLimit, now - armed > Watchdog.interval {
                overdue = overdue || Self.silence(of: state.descriptor) > limit
            }
            guard overdue else { return true }
            shutdown(state.descriptor, Int32(SHUT_RDWR))
            return false
        }
    }

    /// Time since the last data came in: `tcpi_last_data_recv` (tcp(7)).
    private static func silence(of descriptor: Int32) -> Duration {
        var info = tcp_info()
        var size = socklen_t(MemoryLayout<tcp_info>.size)
        guard getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_INFO, &info, &size) == 0 else { return .zero }
        return .milliseconds(Int64(info.tcpi_last_data_recv))
    }
}

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
