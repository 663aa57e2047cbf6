import Glibc
import RemindersGround
import Synchronization

/// The body of an `IOThread`: a job queue, a poll set and timers.
///
/// `@unchecked Sendable`: `queue` and `executor` are behind a mutex; `wakeRead` and `wakeWrite` are set before the
/// thread starts and not changed, `thread` is atomic; everything else is touched on the thread alone, which
/// `IOThread` checks at each entry.
final class PollLoop: @unchecked Sendable {
    private struct Watched {
        let number: UInt64
        var events: PollEvents
        var handler: (PollEvents) -> Void
    }

    private enum Work {
        case job(UnownedJob)
        case closure(@Sendable () -> Void)
    }

    private struct Queue {
        var work: [Work] = []
        var waiting = false
        var stopped = false
    }

    let executor = Locked(WeakExecutor(nil))
    private let queue = Locked(Queue())
    private let wakeRead: Int32
    private let wakeWrite: Int32
    private let thread = Atomic<UInt>(0)

    private var watched: [Int32: Watched] = [:]
    private var nextWatch: UInt64 = 0
    private var timers: [(timer: IOTimer, deadline: ContinuousClock.Instant, handler: () -> Void)] = []
    private var nextTimer: UInt64 = 0
    private var descriptors: [pollfd] = []
    private var watchNumbers: [UInt64] = []

    init() {
        var ends: [Int32] = [-1, -1]
        precondition(pipe(&ends) == 0, "no descriptor left for a wake-up pipe")
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        wakeRead = ends[0]
        wakeWrite = ends[1]
    }

    deinit {
        close(wakeRead)
        close(wakeWrite)
    }

    var isCurrentThread: Bool {
        thread.load(ordering: .acquiring) == UInt(pthread_self())
    }

    func start(name: String) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        // librabbitmq 0.11 decodes nested tables by recursion: 126 KB of them overflow 1 MiB (see docs/drivers.md).
        pthread_attr_setstacksize(&attributes, 8 << 20)
        var identity = pthread_t()
        let context = Unmanaged.passRetained(Start(loop: self, name: String(name.prefix(15)))).toOpaque()
        let result = pthread_create(
            &identity, &attributes,
            { context in
                guard let context else { return nil }
                let start = Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
                PollLoop.nameThread(start.name)
                start.loop.run()
                return nil
            }, context)
        precondition(result == 0, "no thread could be started: error \(result)")
        pthread_attr_destroy(&attributes)
    }

    /// Names the calling thread by proc_pid_comm(5): Swift does not see pthread_setname_np(3).
    private static func nameThread(_ name: String) {
        let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        _ = write(file, name, name.utf8.count)
        close(file)
    }

    private final class Start {
        let loop: PollLoop
        let name: String

        init(loop: PollLoop, name: String) {
            self.loop = loop
            self.name = name
        }
    }

    func enqueue(_ job: UnownedJob) {
        enqueue(.job(job))
    }

    func enqueue(_ closure: @escaping @Sendable () -> Void) {
        enqueue(.closure(closure))
    }

    private func enqueue(_ work: Work) {
        let wakes = queue.withLock { queue in
            queue.work.append(work)
            // One byte wakes it; whoever comes before it looks at the queue again need not write another.
            defer { queue.waiting = false }
            return queue.waiting
        }
        if wakes { wake() }
    }

    func stop() {
        queue.withLock { $0.stopped = true }
        wake()
    }

    private func wake() {
        var byte: UInt8 = 1
        // A full pipe already means that a wake-up is on its way.
        _ = write(wakeWrite, &byte, 1)
    }

    func watch(_ descriptor: Int32, for events: PollEvents, handler: @escaping (PollEvents) -> Void) {
        nextWatch += 1
        watched[descriptor] = Watched(number: nextWatch, events: events, handler: handler)
    }

    func unwatch(_ descriptor: Int32) {
        watched[descriptor] = nil
    }

    func setTimer(at deadline: ContinuousClock.Instant, handler: @escaping () -> Void) -> IOTimer {
        nextTimer += 1
        let timer = IOTimer(number: nextTimer)
        let index = timers.firstIndex { $0.deadline > deadline } ?? timers.endIndex
        timers.insert((timer, deadline, handler), at: index)
        return timer
    }

    func cancelTimer(_ timer: IOTimer) {
        timers.removeAll { $0.timer == timer }
    }

    private func run() {
        thread.store(UInt(pthread_self()), ordering: .releasing)
        var ready: [Work] = []
        while true {
            queue.withLock { queue in
                swap(&queue.work, &ready)
                queue.waiting = false
            }
            run(&ready)
            let (isIdle, isStopped) = queue.withLock { queue in
                // From here on until the next look at the queue, whoever adds to it has to wake this thread.
                queue.waiting = queue.work.isEmpty
                return (queue.work.isEmpty, queue.stopped)
            }
            if isIdle, isStopped { break }
            poll(timeout: isIdle ? millisecondsToNextTimer() : 0)
            fireTimers()
        }
        // Handlers hold actors, which may hold the last reference to what they close: let go of them here.
        watched = [:]
        timers = []
    }

    private func run(_ ready: inout [Work]) {
        guard !ready.isEmpty else { return }
        // A queued job belongs to a living actor, and that holds its executor.
        let executor = executor.withLock { $0.executor }
        for work in ready {
            switch work {
            case .job(let job):
                if let executor { job.runSynchronously(on: executor.asUnownedSerialExecutor()) }
            case .closure(let closure):
                closure()
            }
        }
        ready.removeAll(keepingCapacity: true)
    }

    private func millisecondsToNextTimer() -> Int32 {
        guard let next = timers.first else { return -1 }
        let left = ContinuousClock.now.duration(to: next.deadline)
        guard left > .zero else { return 0 }
        let (seconds, attoseconds) = left.components
        // Rounded up: waking a moment before the deadline would only poll again.
        let milliseconds = seconds.multipliedReportingOverflow(by: 1000)
        guard !milliseconds.overflow else { return Int32.max }
        return Int32(clamping: milliseconds.partialValue + attoseconds / 1_000_000_000_000_000 + 1)
    }

    private func poll(timeout: Int32) {
        descriptors.removeAll(keepingCapacity: true)
        watchNumbers.removeAll(keepingCapacity: true)
        descriptors.append(pollfd(fd: wakeRead, events: Int16(POLLIN), revents: 0))
        watchNumbers.append(0)
        for (descriptor, source) in watched {
            descriptors.append(pollfd(fd: descriptor, events: source.events.rawValue, revents: 0))
            watchNumbers.append(source.number)
        }
        guard Glibc.poll(&descriptors, nfds_t(descriptors.count), timeout) > 0 else { return }
        if descriptors[0].revents != 0 { drainWakeUps() }
        for index in 1..<descriptors.count where descriptors[index].revents != 0 {
            // Looked up again: an earlier handler may have ended this watch, and a new one may have the same
            // descriptor, to which these events do not belong.
            let event = descriptors[index]
            guard let source = watched[event.fd], source.number == watchNumbers[index] else { continue }
            source.handler(PollEvents(rawValue: event.revents))
        }
    }

    private func drainWakeUps() {
        var bytes: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        let size = MemoryLayout.size(ofValue: bytes)
        while read(wakeRead, &bytes, size) == size {}
    }

    private func fireTimers() {
        guard !timers.isEmpty else { return }
        let now = ContinuousClock.now
        // One at a time: a handler may cancel the next.
        while let first = timers.first, first.deadline <= now {
            timers.removeFirst()
            first.handler()
        }
    }
}
