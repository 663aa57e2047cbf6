import Glibc
import Logging
import ServiceLifecycle

/// Runs the parts of a service until it is told to stop, and stops them in order.
///
/// SIGTERM and the first SIGINT begin the end; a part that fails does, too.
public struct ServiceRunner: Sendable {
    /// What it runs.
    public var parts: ServiceParts
    private var logger: Logger { parts.logger }
    private var readiness: ReadinessChecks { parts.readiness }
    private let deadline: Duration
    private let manager: ServiceManager
    /// How long parts have after the deadline to end when they are cancelled.
    private let grace: Duration

    /// Runs `parts`, and those that are added before it runs.
    ///
    /// - Parameters:
    ///   - parts: their logger learns when the service starts, is ready, stops, and why; their readiness is made unready
    ///     as soon as stopping begins.
    ///   - deadline: how long stopping may take.
    ///   - manager: who is told when the service is ready and when it stops.
    ///   - grace: how long parts have after the deadline to end when they are cancelled.
    public init(
        _ parts: ServiceParts, deadline: Duration, manager: ServiceManager = .ofThisProcess,
        grace: Duration = .seconds(1)
    ) {
        self.parts = parts
        self.deadline = deadline
        self.manager = manager
        self.grace = grace
    }

    /// Runs until the parts have ended or the deadline has passed, and ends the process.
    public func runAndExit() async -> Never {
        signal(SIGPIPE, SIG_IGN)
        let signals = StopSignals()
        let watch = StallWatch.ofThisProcess()
        Task { await watch.showLife() }
        let code = await run(signals: signals.stream)
        withExtendedLifetime(signals) { _ = fflush(nil) }
        // Not exit(3): what C libraries registered with atexit(3) must not run beside threads that are not done.
        _exit(code.rawValue)
    }

    /// Runs until the parts have ended or the deadline has passed.
    ///
    /// - Parameter signals: the first one begins the shutdown.
    func run(signals: AsyncStream<StopSignal>) async -> ExitCode {
        let (causes, begin) = AsyncStream.makeStream(of: StopCause.self)
        let shutdown = Shutdown(parts: parts.list.map(\.name)) { begin.yield($0) }
        let group = ServiceGroup(
            configuration: .init(services: parts.services(until: shutdown), logger: logger))
        let running = Task {
            try? await group.run()
            begin.finish()
        }
        readiness.enter(.running)
        logger.info("Service started", metadata: ["service.version": "\(BuildInformation.version)"])
        let watch = Task { for await signal in signals { shutdown.begin(.signal(signal)) } }
        let greeting = Task { await greetWhenReady() }
        defer {
            watch.cancel()
            greeting.cancel()
        }
        for await cause in causes {
            greeting.cancel()
            return await stop(cause, group, running, shutdown)
        }
        return shutdown.hasFailed ? .failure : .success
    }

    private func stop(
        _ cause: StopCause, _ group: ServiceGroup, _ running: Task<Void, Never>, _ shutdown: Shutdown
    ) async -> ExitCode {
        let start = ContinuousClock.now
        readiness.enter(.draining)
        manager.stopping()
        logger.info(
            "Service stops", metadata: ["stop.cause": "\(cause)", "stop.deadline": "\(DurationText.text(deadline))"])
        await group.triggerGracefulShutdown()
        guard await ends(running, within: deadline) else {
            logLeftOver(shutdown)
            running.cancel()
            _ = await ends(running, within: grace)
            return .deadlineExceeded
        }
        let code: ExitCode = shutdown.hasFailed ? .failure : .success
        logger.info(
            "Service stopped",
            metadata: [
                "stop.seconds": Self.seconds(since: start), "stop.exit_code": .stringConvertible(code.rawValue),
            ])
        return code
    }

    private func ends(_ running: Task<Void, Never>, within limit: Duration) async -> Bool {
        await firstAnswer(within: limit, otherwise: false) {
            await running.value
            return true
        }
    }

    private func logLeftOver(_ shutdown: Shutdown) {
        let unfinished = shutdown.unfinished
        var metadata: Logger.Metadata = [
            "stop.deadline": "\(DurationText.text(deadline))",
            "stop.unfinished": .array(unfinished.map { .string($0) }),
        ]
        for part in parts.list where unfinished.contains(part.name) {
            if let remaining = part.remaining() { metadata["stop.remaining.\(part.name)"] = .string(remaining) }
        }
        logger.error("Deadline passed before the service had stopped", metadata: metadata)
    }

    /// Says once that everything works, for people and for systemd.
    private func greetWhenReady() async {
        let start = ContinuousClock.now
        while !Task.isCancelled {
            if await readiness.report().isReady {
                manager.ready()
                logger.info("Service is ready", metadata: ["start.seconds": Self.seconds(since: start)])
                return
            }
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    private static func seconds(since start: ContinuousClock.Instant) -> Logger.MetadataValue {
        let milliseconds = ((ContinuousClock.now - start) / Duration.milliseconds(1)).rounded()
        return .stringConvertible(milliseconds / 1000)
    }
}
