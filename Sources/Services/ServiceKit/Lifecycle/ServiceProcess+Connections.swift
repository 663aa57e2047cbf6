import Logging
import RemindersAMQP
import RemindersPostgres
import ServiceLifecycle

/// The connections of a process: parts that others depend on, and that end after them.
extension ServiceProcess {
    /// A pool of connections to PostgreSQL, closed after everything added later has ended.
    ///
    /// - Throws: `PostgresError` when the URL is not one of a database.
    public mutating func addPool(_ settings: CommonSettings, service: String) throws -> PostgresPool {
        var configuration = try PostgresConfiguration(url: settings.databaseURL.reveal())
        configuration.applicationName = service
        configuration.poolSize = settings.databasePoolSize
        // Every statement of a service looks a batch up by keys: one plan, nested loops over indexes, made once for each
        // connection. The planner must not think otherwise because of statistics from when a table was empty or because
        // of the size of a batch (docs/decisions/0005-plans-by-key.md).
        for scan in ["enable_seqscan", "enable_hashjoin", "enable_mergejoin"] { configuration.parameters[scan] = "off" }
        configuration.parameters["plan_cache_mode"] = "force_generic_plan"
        let pool = PostgresPool(configuration: configuration, logger: logger)
        readiness.register("database") { await pool.ping() ? .ok : .failing("no answer") }
        addConnection("database", closing: { await pool.close() })
        return pool
    }

    /// Where the broker is, with the service's name for its connections.
    ///
    /// - Throws: `AMQPURLError` when the URL is not one of a broker.
    public func brokerConfiguration(
        _ settings: CommonSettings, service: String, purpose: String
    ) throws -> AMQPConfiguration {
        var configuration = try AMQPConfiguration(url: settings.brokerURL.reveal())
        configuration.connectionName = "\(service) \(purpose)"
        return configuration
    }

    /// Runs a publisher, which waits for its confirms when everything added later has ended.
    public mutating func add(publisher: Publisher) {
        readiness.register("publisher") { publisher.isReady ? .ok : .failing("not connected, or blocked") }
        let service = FunctionService {
            await withGracefulShutdownHandler {
                await publisher.run()
            } onGracefulShutdown: {
                Task { await publisher.stop() }
            }
        }
        add("publisher", service)
    }

    /// Runs a consumer, which gives back what nobody has settled when everything added later has ended.
    public mutating func add(consumer: Consumer, name: String = "consumer") {
        readiness.register(name) { consumer.isReady ? .ok : .failing("not connected, or not consuming") }
        let service = FunctionService {
            await withGracefulShutdownHandler {
                await consumer.run()
            } onGracefulShutdown: {
                Task { await consumer.close() }
            }
        }
        add(name, service)
    }

    /// Adds the work: a function that returns some time after `stop` was called, with nothing left in hand.
    public mutating func add(
        _ name: String, remaining: @escaping @Sendable () -> String? = { nil },
        run: @escaping @Sendable () async -> Void, stop: @escaping @Sendable () async -> Void
    ) {
        let service = FunctionService {
            await withGracefulShutdownHandler {
                await run()
            } onGracefulShutdown: {
                Task { await stop() }
            }
        }
        add(name, service, remaining: remaining)
    }
}

extension ServiceProcess {
    /// Adds something that runs until it is cancelled, and has nothing in hand then.
    public mutating func add(_ name: String, cancellable run: @escaping @Sendable () async -> Void) {
        add(name, FunctionService { await cancelWhenGracefulShutdown { await run() } })
    }
}
