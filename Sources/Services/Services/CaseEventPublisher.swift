import Logging
import RemindersAMQP
import RemindersBroker
import RemindersContracts
import RemindersServiceKit

/// Publishes case events for an application that has cases of its own, over a connection that it keeps up.
public struct CaseEventPublisher: AssembledService {
    /// The broker did not take the event.
    public struct Failure: Error, CustomStringConvertible {
        /// Why.
        public let reason: PublishError
        /// The reason, and whether the event may have arrived all the same.
        public var description: String { "the case event is not published: \(reason)" }
    }

    /// What it consists of.
    public let parts: ServiceParts
    private let publisher: Publisher

    /// A publisher that connects once it is run.
    ///
    /// - Parameters:
    ///   - logger: learns of connections that were made and lost.
    ///   - readiness: where it registers whether it is connected; its own if nobody else asks.
    public init(
        connections: ServiceConnections, logger: Logger, readiness: ReadinessChecks = ReadinessChecks()
    ) {
        var parts = ServiceParts(logger: logger, readiness: readiness)
        publisher = Publisher(
            configuration: connections.broker(of: "case events", for: "publisher"),
            topology: connections.topology(of: .caseEvents), logger: logger)
        parts.add(publisher: publisher)
        self.parts = parts
    }

    /// Publishes an event, and returns when the broker has it on disk.
    ///
    /// - Throws: `Failure`; publish the same event again then. What comes twice counts once, by its source and id.
    public func publish(_ event: CaseEvent) async throws(Failure) {
        if let reason = await publisher.publish(Message(caseEvent: event)).error { throw Failure(reason: reason) }
    }
}
