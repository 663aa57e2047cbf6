import Logging
import RemindersAMQP
import RemindersBroker
import RemindersContracts
import RemindersScheduling
import RemindersServiceKit
import RemindersStore

/// Publishes reminders that are due, and takes in case events of other services. Any number of them may run.
public struct SchedulerService: AssembledService {
    /// How it is set up.
    public struct Configuration: Sendable {
        /// Its database and broker.
        public var connections: ServiceConnections
        /// Whether due reminders are published. If not, case events are taken in all the same.
        public var isEnabled = true
        /// How often it looks, and how much it claims at a time.
        public var scheduling = Scheduler.Configuration()
        /// How many case events it may have in hand, 1 or more.
        public var eventPrefetch = 400

        /// The usual, on these connections.
        public init(connections: ServiceConnections) {
            self.connections = connections
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
        let name = "scheduler"
        let connections = configuration.connections
        var parts = ServiceParts(logger: logger, readiness: readiness)
        let store = parts.addStore(connections.database(of: name))
        let deployment = parts.addGuard(of: store, connections, isAdopting: true)
        let presence = Presence(store: store, logger: logger)
        let topology = connections.topology(of: .scheduler)
        let publisher = Publisher(
            configuration: connections.broker(of: name, for: "publisher"), topology: topology, logger: logger)
        let consumer = Consumer(
            configuration: connections.broker(of: name, for: "consumer"), topology: topology,
            queue: CaseEventIntake.queue.rawValue, prefetch: configuration.eventPrefetch, logger: logger)
        let scheduler = Scheduler(
            store: store, publisher: publisher, presence: presence, configuration: configuration.scheduling,
            deployment: deployment, logger: logger)
        let intake = CaseEventIntake(
            store: store, consumer: consumer,
            deadLetters: DeadLetterOffice(
                store: store, publisher: publisher, queue: CaseEventIntake.queue, logger: logger),
            deployment: deployment, logger: logger)

        parts.add(presence: presence)
        parts.add(publisher: publisher)
        parts.add(consumer: consumer, after: { await deployment.released() })
        parts.add(
            "case events", duties: intake.duties, run: { await intake.run() }, stop: { await consumer.stop() })
        parts.add("cases", cancellable: { await scheduler.goOnWithCases() })
        if configuration.isEnabled {
            parts.add(
                "scheduler", duties: scheduler.duties, run: { await scheduler.run() }, stop: { scheduler.stop() })
            parts.add("wake-ups", cancellable: { await scheduler.listen() })
            parts.add("housekeeping", cancellable: { await scheduler.keepHouse() })
            parts.add("partitions ahead", cancellable: { await scheduler.makePartitionsAhead() })
            parts.add("auditing", cancellable: { await scheduler.audit() })
            parts.add("retention", cancellable: { await scheduler.keepToRetention() })
        } else {
            logger.warning("Reminders are switched off: nothing is scheduled until REMINDERS_ENABLED=true")
        }
        self.parts = parts
    }
}
