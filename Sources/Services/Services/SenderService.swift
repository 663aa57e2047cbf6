import Logging
import RemindersAMQP
import RemindersBroker
import RemindersContracts
import RemindersDomain
import RemindersSending
import RemindersServiceKit
import RemindersStore

/// Sends what was decided through one channel. Any number of them may run.
public struct SenderService: AssembledService {
    /// How it is set up.
    public struct Configuration: Sendable {
        /// Its database and broker.
        public var connections: ServiceConnections
        /// Whether it takes deliveries. If not, they wait in its queue.
        public var isEnabled = true
        /// How it sends; a dry run unless it says otherwise.
        public var sending = Sending.Configuration()
        /// The channels there are, the sender's own among them: they know which process a channel's queue is named after.
        public var channels = ChannelRegistry.standard
        /// How many deliveries it may have in hand, 1 or more.
        public var prefetch = 1024

        /// A dry run on these connections.
        public init(connections: ServiceConnections) {
            self.connections = connections
        }
    }

    /// What it consists of.
    public let parts: ServiceParts

    /// A service that does nothing before it is run.
    ///
    /// - Parameters:
    ///   - name: the name of the service, such as `email-sender`.
    ///   - channel: how it reaches people. What it needs itself is the caller's to close, after this service has ended.
    ///   - logger: learns of what it does and of what has to wait.
    ///   - readiness: where it registers what makes it unready; its own if nobody else asks.
    public init(
        _ configuration: Configuration, name: String, channel: any Channel, logger: Logger,
        readiness: ReadinessChecks = ReadinessChecks()
    ) {
        var parts = ServiceParts(logger: logger, readiness: readiness)
        _ = parts.addSending(configuration, name: name, kind: channel.kind) { _, _ in channel }
        self.parts = parts
    }
}

extension ServiceParts {
    /// Adds everything a sender consists of, around a channel that uses its connections.
    ///
    /// - Returns: the store, for parts that are added later.
    mutating func addSending(
        _ configuration: SenderService.Configuration, name: String, kind: ChannelKind,
        through makeChannel: (ReminderStore, Publisher) -> any Channel
    ) -> ReminderStore {
        let logger = logger
        let connections = configuration.connections
        let store = addStore(connections.database(of: name))
        let deployment = addGuard(of: store, connections)
        let presence = Presence(store: store, logger: logger)
        let queue = RemindersContracts.Queue.deliveries(of: kind, in: configuration.channels)
        let topology = connections.topology(of: .sender(of: kind, in: configuration.channels))
        let publisher = Publisher(
            configuration: connections.broker(of: name, for: "publisher"), topology: topology, logger: logger)
        let consumer = Consumer(
            configuration: connections.broker(of: name, for: "consumer"), topology: topology, queue: queue.rawValue,
            prefetch: configuration.prefetch, logger: logger)
        let sending = Sending(
            channel: makeChannel(store, publisher), store: store, consumer: consumer, publisher: publisher,
            deadLetters: DeadLetterOffice(store: store, publisher: publisher, queue: queue, logger: logger),
            presence: presence, configuration: configuration.sending, deployment: deployment, logger: logger)

        if let onlyTo = configuration.sending.onlyTo { logger.note(onlyTo) }
        add(presence: presence)
        add(publisher: publisher)
        guard configuration.isEnabled else {
            logger.warning("This channel is switched off: its deliveries wait in the queue")
            return store
        }
        add(consumer: consumer, after: { await deployment.released() })
        add("sending", duties: sending.duties, run: { await sending.run() }, stop: { await sending.stop() })
        readiness.register("channel") {
            sending.pause.map { .failing("paused, an operator has to look: \($0.reason)") } ?? .ok
        }
        return store
    }
}
