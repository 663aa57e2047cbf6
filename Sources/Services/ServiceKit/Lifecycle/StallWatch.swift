import Glibc
import RemindersGround

/// Notices when a process is stuck: nothing that its tasks should do is done any more, while its connections are kept up by
/// threads of their own and others wait for what it has in hand.
///
/// It counts on a thread of its own, and by its own turns: a machine or process that was stopped for a while is not stuck.
final class StallWatch: Sendable {
    private let silentTurns = Locked(0)
    private let isOver = Locked(false)

    /// Takes note of a sign of life.
    func noteLife() {
        silentTurns.withLock { $0 = 0 }
    }

    /// Counts a turn.
    ///
    /// - Returns: whether more than `limit` of them have passed without a sign of life.
    func countTurn(limit: Int) -> Bool {
        silentTurns.withLock { turns in
            turns += 1
            return turns > limit
        }
    }

    /// Shows signs of life from a task, as long as tasks are run, until it is cancelled.
    ///
    /// - Parameter interval: less than `turn` of `start`.
    func showLife(each interval: Duration = .milliseconds(500)) async {
        while !Task.isCancelled {
            noteLife()
            try? await Task.sleep(for: interval)
        }
    }

    /// Begins to count.
    ///
    /// - Parameters:
    ///   - limit: so many turns without a sign of life, one after the other, are too many.
    ///   - turn: how long a turn takes.
    ///   - stuck: called once, on the thread that counts.
    func start(limit: Int = 15, turn: Duration = .seconds(1), stuck: @escaping @Sendable () -> Void) {
        let thread = Thread(watch: self, limit: limit, microseconds: UInt32(turn / .microseconds(1)), stuck: stuck)
        var identity = pthread_t()
        let result = pthread_create(
            &identity, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Thread>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(thread).toOpaque())
        precondition(result == 0, "no thread could be started: error \(result)")
        pthread_detach(identity)
    }

    /// Counts no more.
    func end() {
        isOver.withLock { $0 = true }
    }

    private final class Thread: Sendable {
        let watch: StallWatch
        let limit: Int
        let microseconds: UInt32
        let stuck: @Sendable () -> Void

        init(watch: StallWatch, limit: Int, microseconds: UInt32, stuck: @escaping @Sendable () -> Void) {
            self.watch = watch
            self.limit = limit
            self.microseconds = microseconds
            self.stuck = stuck
        }

        func run() {
            while !watch.isOver.withLock({ $0 }) {
                usleep(microseconds)
                if watch.countTurn(limit: limit) { return stuck() }
            }
        }
    }
}

extension StallWatch {
    /// Ends the process when it is stuck: what it has in hand goes to others, and whoever looks after it starts it again.
    ///
    /// The log is not used, it may be what is stuck.
    static func ofThisProcess() -> StallWatch {
        let watch = StallWatch()
        watch.start {
            let text = "stuck: no task was run for 15 s; ends at once, what was in hand is delivered again\n"
            _ = write(STDERR_FILENO, text, text.utf8.count)
            _exit(ExitCode.stuck.rawValue)
        }
        return watch
    }
}
