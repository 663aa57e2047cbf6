import Logging
import RemindersAMQP
import RemindersGround
import RemindersPostgres
import ServiceLifecycle

/// What a service consists of, in the order in which its parts need each other: each uses only what was added before
/// it. They start together, and stop the other way round, one after another: the work first, the connections last.
///
/// `ServiceRunner` runs them as a process; `run()` runs them as one service among others of a process.
public struct ServiceParts: Sendable {
    struct Part: Sendable {
        let name: String
        let service: any Service
        let remaining: @Sendable () -> String?
    }

    /// The logger to hand to everything in the service.
    public let logger: Logger
    /// Where parts register what makes them unready.
    public let readiness: ReadinessChecks
    private(set) var list: [Part] = []

    /// Starts without parts.
    public init(logger: Logger, readiness: ReadinessChecks) {
        self.logger = logger
        self.readiness = readiness
    }

    /// Adds a part that depends on the ones added before.
    ///
    /// - Parameters:
    ///   - name: one word for the log.
    ///   - service: on graceful shutdown it takes nothing new, finishes what it has in hand and returns.
    ///   - remaining: what it has in hand, such as "12 deliveries", for the log if the deadline comes; nil for nothing.
    public mutating func add(
        _ name: String, _ service: any Service, remaining: @escaping @Sendable () -> String? = { nil }
    ) {
        list.append(Part(name: name, service: service, remaining: remaining))
    }

    /// Adds a part that is a function, which heeds graceful shutdown (`cancelWhenGracefulShutdown`, `isCancelled` …).
    public mutating func add(
        _ name: String, remaining: @escaping @Sendable () -> String? = { nil },
        run body: @escaping @Sendable () async throws -> Void
    ) {
        add(name, FunctionService(body: body), remaining: remaining)
    }

    /// Adds the work: a function that returns some time after `stop` was called, with nothing left in hand.
    ///
    /// - Parameter duties: what it has to get done; while one of them is in trouble, the service is not ready.
    public mutating func add(
        _ name: String, duties: [Duty] = [], remaining: @escaping @Sendable () -> String? = { nil },
        run: @escaping @Sendable () async -> Void, stop: @escaping @Sendable () async -> Void
    ) {
        for duty in duties { readiness.register(duty.name) { Readiness(failing: duty.trouble) } }
        let service = FunctionService {
            await withGracefulShutdownHandler {
                await run()
            } onGracefulShutdown: {
                Task { await stop() }
            }
        }
        add(name, service, remaining: remaining)
    }

    /// Adds something that runs until it is cancelled, and has nothing in hand then.
    public mutating func add(_ name: String, cancellable run: @escaping @Sendable () async -> Void) {
        add(name, FunctionService { await cancelWhenGracefulShutdown { await run() } })
    }

    /// Adds something that others use, and that is closed once they have ended.
    public mutating func addConnection(_ name: String, closing close: @escaping @Sendable () async -> Void) {
        add(name, ClosingService(close: close))
    }

    /// Adds all parts of another service.
    public mutating func add(_ others: ServiceParts) {
        list += others.list
    }

    /// Runs the parts until graceful shutdown, as one service of a `ServiceGroup`. When one fails the others still
    /// finish what they have in hand, in their order.
    ///
    /// - Throws: `ServicePartFailure` when a part failed, or ended although nobody asked it to; the log says why.
    public func run() async throws {
        let (causes, begin) = AsyncStream.makeStream(of: StopCause.self)
        let shutdown = Shutdown(parts: list.map(\.name)) { begin.yield($0) }
        let group = ServiceGroup(configuration: .init(services: services(until: shutdown), logger: logger))
        readiness.enter(.running)
        try await withTaskCancellationHandler {
            try await withGracefulShutdownHandler {
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    tasks.addTask {
                        defer { begin.finish() }
                        try await group.run()
                    }
                    for await case .failure in causes { await group.triggerGracefulShutdown() }
                    try await tasks.waitForAll()
                }
            } onGracefulShutdown: {
                readiness.enter(.draining)
                shutdown.begin(.request)
            }
        } onCancel: {
            shutdown.begin(.request)
        }
        readiness.enter(.draining)
        if let part = shutdown.failedPart { throw ServicePartFailure(part: part) }
    }

    /// The parts as a group of services runs them.
    func services(until shutdown: Shutdown) -> [any Service] {
        list.map { ServicePart(name: $0.name, service: $0.service, shutdown: shutdown, logger: logger) }
    }
}

/// A part of a service failed, or ended although nobody asked it to. The log says why.
public struct ServicePartFailure: Error, Hashable, CustomStringConvertible {
    /// The part, such as `publisher`.
    public let part: String

    /// Which part.
    public var description: String { "the service's part \(part) failed" }
}

extension PostgresConfiguration {
    /// Lets the server plan as the statements of services are meant: each looks a batch up by keys, by one plan of nested loops
    /// over indexes, made once for each connection. The planner must not think otherwise because of statistics from when a
    /// table was empty or because of the size of a batch (docs/decisions/0020-one-generic-plan.md).
    public mutating func planByKey() {
        for scan in ["enable_seqscan", "enable_hashjoin", "enable_mergejoin"] { parameters[scan] = "off" }
        parameters["plan_cache_mode"] = "force_generic_plan"
    }
}

/// The connections of a service: parts that others depend on, and that end after them.
extension ServiceParts {
    /// A pool of connections to PostgreSQL, closed after everything added later has ended. Whether the database does what
    /// it is needed for, whoever knows that registers.
    public mutating func addPool(_ configuration: PostgresConfiguration) -> PostgresPool {
        var configuration = configuration
        configuration.planByKey()
        let pool = PostgresPool(configuration: configuration, logger: logger)
        addConnection("database", closing: { await pool.close() })
        return pool
    }

    /// Runs a publisher, which waits for its confirms when everything added later has ended.
    public mutating func add(publisher: Publisher) {
        readiness.register("publisher") { publisher.isReady ? .ok : .failing("not connected, or blocked") }
        add("publisher", run: { await publisher.run() }, stop: { await publisher.stop() })
    }

    /// Runs a consumer, which gives back what nobody has settled when everything added later has ended.
    ///
    /// - Parameter released: waits until it may take messages; false when the task was cancelled first.
    public mutating func add(
        consumer: Consumer, name: String = "consumer", after released: @escaping @Sendable () async -> Bool = { true }
    ) {
        readiness.register(name) { consumer.isReady ? .ok : .failing("not connected, or not consuming") }
        add(
            name,
            run: {
                guard await cancelWhenGracefulShutdown({ await released() }) else { return }
                await consumer.run()
            }, stop: { await consumer.close() })
    }
}

/// A named part of a process as the group of services runs it: it reports how the part ended, and never ends out of
/// turn, so the group's order of shutdown holds whatever the parts do.
struct ServicePart: Service {
    let name: String
    let service: any Service
    let shutdown: Shutdown
    let logger: Logger

    func run() async throws {
        do {
            try await service.run()
            if !shutdown.hasBegun {
                fail("Part of the service ended unasked", reason: "it ended although nobody asked it to")
            }
        } catch is CancellationError where shutdown.hasBegun {
            // The deadline has come; whoever cancelled has said so.
        } catch {
            fail("Part of the service failed", reason: "\(error)")
        }
        shutdown.finished(name)
        try? await gracefulShutdown()
    }

    private func fail(_ message: Logger.Message, reason: String) {
        logger.error(message, metadata: ["service.part": "\(name)", "error": "\(reason)"])
        shutdown.begin(.failure(part: name))
    }
}

/// Does nothing until it is asked to stop, and then closes something.
struct ClosingService: Service {
    let close: @Sendable () async -> Void

    func run() async throws {
        try? await gracefulShutdown()
        await close()
    }
}

/// Runs a function.
struct FunctionService: Service {
    let body: @Sendable () async throws -> Void

    func run() async throws {
        try await body()
    }
}
