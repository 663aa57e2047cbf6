import Logging
import RemindersAMQP
import RemindersBroker
import RemindersContracts
import RemindersDomain
import RemindersRateLimiting
import RemindersServiceKit
import RemindersStore

/// Decides who is told through which channels, now or later. Any number of them may run.
public struct RateLimiterService: AssembledService {
    /// How it is set up.
    public struct Configuration: Sendable {
        /// Its database and broker.
        public var connections: ServiceConnections
        /// What decisions weigh: which channels there are, the limit, and what becomes of what is beyond.
        public var switches: DecisionFacts.Switches
        /// How long nobody has got on with a message before it may be taken to be lost; a second or more.
        public var patience: Duration = .seconds(120)
        /// How many due messages it may have in hand, 1 or more.
        public var prefetch = 1024

        /// The usual, on these connections.
        public init(connections: ServiceConnections, switches: DecisionFacts.Switches) {
            self.connections = connections
            self.switches = switches
        }
    }

    /// What it consists of.
    public let parts: ServiceParts

    /// A service that does nothing before it is run.
    ///
    /// - Parameters:
    ///   - logger: learns of what it does and of what has to wait.
    ///   - readiness: where it registers what makes it unready; its own if nobody else asks.
    public init(_ configuration: Configuration, logger: Logger, readiness: ReadinessChecks = ReadinessChecks()) {
        let name = "rate-limiter"
        let connections = configuration.connections
        var parts = ServiceParts(logger: logger, readiness: readiness)
        let store = parts.addStore(connections.database(of: name))
        let deployment = parts.addGuard(of: store, connections)
        let topology = connections.topology(of: .rateLimiter(of: configuration.switches.installed))
        let publisher = Publisher(
            configuration: connections.broker(of: name, for: "publisher"), topology: topology, logger: logger)
        let consumer = Consumer(
            configuration: connections.broker(of: name, for: "consumer"), topology: topology,
            queue: RateLimiter.queue.rawValue, prefetch: configuration.prefetch, logger: logger)
        var policy = RateLimiter.Policy(switches: configuration.switches)
        policy.patience = configuration.patience
        let broker = connections.broker(of: name, for: "look")
        let rateLimiter = RateLimiter(
            store: store, consumer: consumer, publisher: publisher,
            deadLetters: DeadLetterOffice(
                store: store, publisher: publisher, queue: RateLimiter.queue, logger: logger),
            policy: policy, deployment: deployment, logger: logger,
            messagesReady: { queue in
                try await queueStatus(configuration: broker, queue: queue.rawValue).messages
            })

        if let onlyTo = configuration.switches.onlyTo { logger.note(onlyTo) }
        parts.add(publisher: publisher)
        parts.add(consumer: consumer, after: { await deployment.released() })
        parts.add("releasing", cancellable: { await rateLimiter.release() })
        parts.add("reconciling", cancellable: { await rateLimiter.lookForLostMessages() })
        parts.add(
            "deciding", duties: rateLimiter.duties, run: { await rateLimiter.run() }, stop: { await consumer.stop() })
        self.parts = parts
    }
}
