import Logging
import RemindersAMQP
import RemindersFrontendChannel
import RemindersHTTPConnections
import RemindersHTTPService
import RemindersPopupStream
import RemindersServiceKit

/// Puts reminders onto people's lists and shows them in open browsers. Any number of them may run.
public struct FrontendPushService: AssembledService {
    /// How it is set up.
    public struct Configuration: Sendable {
        /// Its connections, and how it puts reminders onto lists.
        public var sender: SenderService.Configuration
        /// Where it listens, and what it allows. How many connections it takes follows from `limits`.
        public var server = HTTPServerConfiguration()
        /// How it knows who is asking.
        public var tokens: TokenChecks
        /// How many streams there may be.
        public var limits = PopupHub.Limits()

        /// The usual, with this sender.
        public init(sender: SenderService.Configuration, tokens: TokenChecks) {
            self.sender = sender
            self.tokens = tokens
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
        let name = "frontend-push"
        var parts = ServiceParts(logger: logger, readiness: readiness)
        let store = parts.addSending(configuration.sender, name: name, kind: .frontend) { store, publisher in
            FrontendChannel(store: store) { shown in
                await publisher.publishWithoutConfirm(shown.map(Message.init(popupShown:)))
            }
        }
        let connections = configuration.sender.connections
        let queue = PopupFeed.newQueue()
        let consumer = Consumer(
            configuration: connections.broker(of: name, for: "popups"),
            topology: PopupFeed.topology(queue: queue, passive: !connections.declaresTopology), queue: queue,
            prefetch: 2_000, logger: logger)
        let (limits, connectionLimit) = configuration.limits.fitting(ConnectionRegister.room)
        if limits.total < configuration.limits.total {
            logger.warning(
                "Fewer streams are taken than set, for the limit of open files is low",
                metadata: ["streams": "\(limits.total)", "streams.set": "\(configuration.limits.total)"])
        }
        var http = configuration.server
        http.connectionLimit = connectionLimit
        let hub = PopupHub(limits: limits)
        let feed = PopupFeed(hub: hub, store: store, consumer: consumer, logger: logger)
        let server = parts.httpServer(http, configuration.tokens) { router in
            StreamRoute(hub: hub, store: store).add(to: router.group("api/v1"))
        }
        parts.add(consumer: consumer, name: "popups")
        parts.add(
            "showing", duties: feed.duties, run: { await feed.showNew() }, stop: { await consumer.stop() })
        parts.add("settled", cancellable: { await feed.hearOfSettled() })
        parts.add("comparing", cancellable: { await feed.compare() })
        parts.add("heartbeats", cancellable: { await feed.beat() })
        parts.add("streams", StreamService(hub: hub, server: server), remaining: { "\(hub.count) streams" })
        self.parts = parts
    }
}
