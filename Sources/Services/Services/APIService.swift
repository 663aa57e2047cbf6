import Logging
import RemindersBroker
import RemindersDomain
import RemindersExplaining
import RemindersHTTPService
import RemindersRoutes
import RemindersServiceKit
import RemindersStore

/// Serves the HTTP API of reminders, and pages if there are any. Any number of them may run.
public struct APIService: AssembledService {
    /// How it is set up.
    public struct Configuration: Sendable {
        /// Its database and broker.
        public var connections: ServiceConnections
        /// Where it listens, and what it allows.
        public var server = HTTPServerConfiguration()
        /// How it knows who is asking.
        public var tokens: TokenChecks
        /// How the operator has set what is decided and sent, for explanations.
        public var explaining: Explainer.Settings
        /// How many reminders one person may create.
        public var quota = CreationQuota()
        /// Whom people may have reminded.
        public var policy = NotifyingPolicy()
        /// Pages served beside the API; nil for none.
        public var pages: StaticFiles?

        /// The usual, on these connections.
        public init(connections: ServiceConnections, tokens: TokenChecks, explaining: Explainer.Settings) {
            self.connections = connections
            self.tokens = tokens
            self.explaining = explaining
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
        let name = "api"
        let connections = configuration.connections
        var parts = ServiceParts(logger: logger, readiness: readiness)
        let store = parts.addStore(connections.database(of: name))
        let deployment = parts.addGuard(of: store, connections)
        let broker = connections.broker(of: name, for: "dead letters")
        let routes = ReminderRoutes(
            store: store, explaining: configuration.explaining, quota: configuration.quota,
            policy: configuration.policy,
            logger: logger,
            retryDeadLetter: {
                if let reason = deployment.trouble { throw DeadLetterRefusal.held(reason: reason) }
                return try await DeadLetterRetry(
                    store: store, broker: broker, channels: configuration.explaining.switches.installed, logger: logger)(
                        $0)
            })
        let server = parts.httpServer(configuration.server, configuration.tokens) { router in
            configuration.pages?.add(to: router)
            routes.add(to: router)
        }
        for duty in routes.duties { readiness.register(duty.name) { Readiness(failing: duty.trouble) } }
        parts.add("http", server, remaining: { server.remaining })
        self.parts = parts
    }
}
