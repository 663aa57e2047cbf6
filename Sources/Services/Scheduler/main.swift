import RemindersAMQP
import RemindersBroker
import RemindersPostgres
import RemindersScheduling
import RemindersServiceKit
import RemindersStore

var settings = SettingsReader(
    service: "scheduler",
    summary: "Publishes reminders that are due, and takes in case events of other services.")
let common = CommonSettings(reading: &settings, poolSize: 5)
let isEnabled = settings.bool("REMINDERS_ENABLED", default: false, doc: "Whether reminders are delivered at all.")
var configuration = Scheduler.Configuration()
configuration.longestSleep = .seconds(
    60
        * settings.integer(
            "REMINDERS_CHECK_INTERVAL_MINUTES", flag: "interval", default: 5, in: 1...60,
            doc:
                "The longest sleep in minutes. What is due is sent at its time; this only bounds the harm of a lost wake-up."
        ))
configuration.batchSize = settings.integer(
    "REMINDERS_QUEUE_BATCH_SIZE", default: 500, in: 1...5000, doc: "How many due reminders one transaction claims.")
settings.validateOrExit()

var process = ServiceProcess(settings, common)
let logger = process.logger
let pool = try process.addPool(common, service: "scheduler")
let store = ReminderStore(pool: pool)
let presence = Presence(store: store)
let topology = Topology.reminders()
let publisher = Publisher(
    configuration: try process.brokerConfiguration(common, service: "scheduler", purpose: "publisher"),
    topology: topology, logger: logger)
let consumer = Consumer(
    configuration: try process.brokerConfiguration(common, service: "scheduler", purpose: "consumer"),
    topology: topology, queue: CaseEventIntake.queue.rawValue, prefetch: 400, logger: logger)
let scheduler = Scheduler(
    store: store, publisher: publisher, owner: presence.instance, configuration: configuration, logger: logger)
let intake = CaseEventIntake(
    store: store, consumer: consumer,
    deadLetters: DeadLetterOffice(
        store: store, publisher: publisher, queue: CaseEventIntake.queue, logger: logger), logger: logger)

process.add("presence", cancellable: { await presence.run { logger.warning("\($0)") } })
process.add(publisher: publisher)
process.add(consumer: consumer)
process.add("case events", run: { await intake.run() }, stop: { await consumer.stop() })
if isEnabled {
    process.add(
        "scheduler",
        run: {
            await presence.shown()
            await scheduler.run()
        }, stop: { scheduler.stop() })
    process.add("wake-ups", cancellable: { await scheduler.listen() })
    process.add("housekeeping", cancellable: { await scheduler.keepHouse() })
} else {
    logger.warning("Reminders are switched off: nothing is scheduled until REMINDERS_ENABLED=true")
}
await process.runAndExit()
