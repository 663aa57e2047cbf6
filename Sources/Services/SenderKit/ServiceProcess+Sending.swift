import RemindersAMQP
import RemindersBroker
import RemindersContracts
import RemindersSending
import RemindersServiceKit
import RemindersStore

extension ServiceProcess {
    /// Adds everything a sender consists of, around its channel.
    ///
    /// - Parameters:
    ///   - channel: how it reaches people.
    ///   - service: the name of the process.
    ///   - settings: read and found valid.
    /// - Throws: when a URL is not one of a database or broker.
    public mutating func addSending(
        through channel: any Channel, service: String, settings: SenderSettings
    ) throws {
        _ = try addSending(service: service, settings: settings) { _, _ in channel }
    }

    /// Adds everything a sender consists of, around a channel that uses its connections.
    ///
    /// - Parameters:
    ///   - service: the name of the process.
    ///   - settings: read and found valid.
    ///   - makeChannel: makes the channel.
    /// - Returns: the store, for parts that are added later.
    /// - Throws: when a URL is not one of a database or broker.
    public mutating func addSending(
        service: String, settings: SenderSettings, through makeChannel: (ReminderStore, Publisher) -> any Channel
    ) throws -> ReminderStore {
        let logger = logger
        let pool = try addPool(settings.common, service: service)
        let store = ReminderStore(pool: pool)
        let presence = Presence(store: store)
        let publisher = Publisher(
            configuration: try brokerConfiguration(settings.common, service: service, purpose: "publisher"),
            topology: .reminders(), logger: logger)
        let channel = makeChannel(store, publisher)
        let queue = RemindersContracts.Queue.deliveries(of: channel.kind)
        let consumer = Consumer(
            configuration: try brokerConfiguration(settings.common, service: service, purpose: "consumer"),
            topology: .reminders(), queue: queue.rawValue, prefetch: settings.prefetch, logger: logger)

        var configuration = Sending.Configuration()
        configuration.isDryRun = settings.switches.isDryRun
        configuration.ladder.unknownPolicy = settings.unknownPolicy
        let sending = Sending(
            channel: channel, store: store, consumer: consumer, publisher: publisher,
            deadLetters: DeadLetterOffice(store: store, publisher: publisher, queue: queue, logger: logger),
            owner: presence.instance, configuration: configuration, logger: logger)

        add(
            "presence",
            cancellable: { await presence.run { logger.warning("presence lost", metadata: ["error": "\($0)"]) } })
        add(publisher: publisher)
        guard settings.switches.isEnabled, settings.switches.isChannelEnabled else {
            logger.warning("This channel is switched off: its deliveries wait in the queue")
            return store
        }
        add(consumer: consumer)
        add(
            "sending",
            run: {
                await presence.shown()
                await sending.run()
            }, stop: { await consumer.stop() })
        return store
    }
}
