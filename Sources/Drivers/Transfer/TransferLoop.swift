import Logging
import RemindersIOThread

/// Runs the engine on its own thread: this only actor, and every callback of libcurl, is on that thread.
actor TransferLoop {
    private let thread: IOThread
    private let engine: TransferEngine

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        thread.asUnownedSerialExecutor()
    }

    init(logger: Logger, maximumConnectionsPerHost: Int, addressGuard: AddressGuard) {
        thread = IOThread(name: "transfer")
        engine = TransferEngine(
            thread: thread, logger: logger, maximumConnectionsPerHost: maximumConnectionsPerHost,
            addressGuard: addressGuard)
    }

    isolated deinit {
        engine.shutDown()
    }

    /// Hands over without waiting. What comes while the thread works is taken at once, for one wake-up.
    nonisolated func submit(_ submission: Submission, _ completion: Completion) {
        thread.perform { [self] in
            assumeIsolated { $0.engine.take(submission, completion) }
        }
    }

    /// Takes nothing more, waits for what is in progress, at most until `deadline`, and closes every connection.
    func close(by deadline: ContinuousClock.Instant) async {
        await withCheckedContinuation { engine.drain(by: deadline, $0) }
        engine.shutDown()
    }
}
