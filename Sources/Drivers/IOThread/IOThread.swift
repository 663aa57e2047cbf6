import Glibc
import Synchronization

/// A thread of its own that runs the jobs of the actors bound to it and, between jobs, waits for descriptors.
///
/// C handles that must stay on one thread (librabbitmq connections, libcurl multi handles) or whose sockets have to
/// be polled (libpq) are owned by actors whose `unownedExecutor` is an `IOThread`. Blocking there holds up nobody
/// else: a plain actor that blocks takes a thread of Swift's pool with it.
///
/// The thread ends when the last reference to its `IOThread` goes; actors keep it alive while they live. A handler
/// of `watch` or `setTimer` that holds such an actor keeps it too, until it is unwatched, cancelled or called.
public final class IOThread: SerialExecutor {
    private let loop: PollLoop

    /// Starts the thread.
    ///
    /// - Parameter name: shown by `ps -L` and debuggers; the kernel keeps 15 bytes of it (proc_pid_comm(5)).
    public init(name: String) {
        loop = PollLoop()
        loop.executor.withLock { $0 = WeakExecutor(self) }
        loop.start(name: name)
    }

    deinit {
        loop.stop()
    }

    /// Queues a job of an actor bound to this thread.
    public func enqueue(_ job: consuming ExecutorJob) {
        loop.enqueue(UnownedJob(job))
    }

    /// Queues `work` to run on this thread, after the jobs and the work queued before it. May be called on any thread.
    public func perform(_ work: @escaping @Sendable () -> Void) {
        loop.enqueue(work)
    }

    /// Lets `assumeIsolated` and `preconditionIsolated` succeed on this thread, also outside a job.
    public func checkIsolated() {
        precondition(loop.isCurrentThread, "must be called on its own I/O thread")
    }

    /// Whether the caller is on this thread, asked before `checkIsolated` would trap.
    public func isIsolatingCurrentContext() -> Bool? {
        loop.isCurrentThread
    }

    /// Waits for `descriptor` from now on, replacing what was watched for it before. Call it on this thread only.
    ///
    /// - Parameters:
    ///   - descriptor: an open descriptor; call `unwatch` before it is closed.
    ///   - events: what to wait for; errors and hang-ups are always reported.
    ///   - handler: called on this thread each time the descriptor is ready.
    public func watch(_ descriptor: Int32, for events: PollEvents, handler: @escaping (PollEvents) -> Void) {
        checkIsolated()
        loop.watch(descriptor, for: events, handler: handler)
    }

    /// Waits for `descriptor` no longer. Call it on this thread only; an unknown descriptor is ignored.
    public func unwatch(_ descriptor: Int32) {
        checkIsolated()
        loop.unwatch(descriptor)
    }

    /// Calls `handler` once on this thread when `deadline` has passed. Call it on this thread only.
    ///
    /// - Returns: what `cancelTimer` takes.
    @discardableResult
    public func setTimer(at deadline: ContinuousClock.Instant, handler: @escaping () -> Void) -> IOTimer {
        checkIsolated()
        return loop.setTimer(at: deadline, handler: handler)
    }

    /// Forgets a timer; one that has fired already is ignored. Call it on this thread only.
    public func cancelTimer(_ timer: IOTimer) {
        checkIsolated()
        loop.cancelTimer(timer)
    }
}

/// What a descriptor is waited for, or what it is ready for (poll(2)).
public struct PollEvents: OptionSet, Sendable {
    /// The bits of poll(2).
    public let rawValue: Int16

    /// Takes the bits of poll(2).
    public init(rawValue: Int16) {
        self.rawValue = rawValue
    }

    /// There is something to read.
    public static let readable = PollEvents(rawValue: Int16(POLLIN))
    /// Writing would not block.
    public static let writable = PollEvents(rawValue: Int16(POLLOUT))
    /// The peer hung up, or the descriptor is in error or closed. Never asked for, always reported.
    public static let failed = PollEvents(rawValue: Int16(POLLERR) | Int16(POLLHUP) | Int16(POLLNVAL))
}

/// Names one timer of an `IOThread`.
public struct IOTimer: Hashable, Sendable {
    let number: UInt64
}

/// The executor as the loop sees it: gone once nobody else holds it.
struct WeakExecutor: Sendable {
    weak let executor: IOThread?

    init(_ executor: IOThread?) {
        self.executor = executor
    }
}
