import RemindersAMQP
import RemindersBroker
import RemindersFrontendChannel
import RemindersHTTPKit
import RemindersHTTPService
import RemindersPopupStream
import RemindersSenderKit
import RemindersServiceKit
import RemindersStore

var settings = SettingsReader(
    service: "frontend-push", summary: "Puts reminders onto people's lists and shows them in open browsers.")
let sender = SenderSettings(reading: &settings, channel: nil)
let streams = StreamSettings(reading: &settings)
settings.validateOrExit()

var process = ServiceProcess(settings, sender.common)
let logger = process.logger
let store = try process.addSending(service: "frontend-push", settings: sender) { store, publisher in
    FrontendChannel(store: store) { shown in
        await publisher.publishWithoutConfirm(shown.map(Message.init(popupShown:)))
    }
}
let queue = PopupFeed.newQueue()
let consumer = Consumer(
    configuration: try process.brokerConfiguration(sender.common, service: "frontend-push", purpose: "popups"),
    topology: PopupFeed.topology(queue: queue), queue: queue, prefetch: 2_000, logger: logger)
let hub = PopupHub(limits: streams.limits)
let feed = PopupFeed(hub: hub, store: store, consumer: consumer, logger: logger)
let readiness = process.readiness
let verifier = streams.tokens.verifier(in: process)
let listening = readiness.flag("http", initially: "does not listen yet")
let server = HTTPServer(
    configuration: streams.server,
    verifier: verifier, logger: logger, onBound: { _ in listening.set(.ok) }
) { router in
    HealthRoutes { await readiness.report().isReady }.add(to: router)
    StreamRoute(hub: hub, store: store).add(to: router.group("api/v1"))
}

process.add(consumer: consumer, name: "popups")
process.add("showing", run: { await feed.showNew() }, stop: { await consumer.stop() })
process.add("settled", cancellable: { await feed.hearOfSettled() })
process.add("comparing", cancellable: { await feed.compare() })
process.add("heartbeats", cancellable: { await feed.beat() })
process.add("streams", StreamService(hub: hub, server: server), remaining: { "\(hub.count) streams" })
await process.runAndExit()
