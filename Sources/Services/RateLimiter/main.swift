import RemindersAMQP
import RemindersBroker
import RemindersDecisionKit
import RemindersPostgres
import RemindersRateLimiting
import RemindersServiceKit
import RemindersStore

var settings = SettingsReader(
    service: "rate-limiter", summary: "Decides who is told through which channels, now or later.")
let common = CommonSettings(reading: &settings)
let decisionSettings = DecisionSettings(reading: &settings)
settings.validateOrExit()

var process = ServiceProcess(settings, common)
let logger = process.logger
let pool = try process.addPool(common, service: "rate-limiter")
let store = ReminderStore(pool: pool)
let publisher = Publisher(
    configuration: try process.brokerConfiguration(common, service: "rate-limiter", purpose: "publisher"),
    topology: .reminders(), logger: logger)
let consumer = Consumer(
    configuration: try process.brokerConfiguration(common, service: "rate-limiter", purpose: "consumer"),
    topology: .reminders(), queue: RateLimiter.queue.rawValue, prefetch: 1024, logger: logger)
let rateLimiter = RateLimiter(
    store: store, consumer: consumer, publisher: publisher,
    deadLetters: DeadLetterOffice(store: store, publisher: publisher, queue: RateLimiter.queue, logger: logger),
    policy: RateLimiter.Policy(switches: decisionSettings.switches), logger: logger)

process.add(publisher: publisher)
process.add(consumer: consumer)
process.add("releasing", cancellable: { await rateLimiter.release() })
process.add("deciding", run: { await rateLimiter.run() }, stop: { await consumer.stop() })
await process.runAndExit()
