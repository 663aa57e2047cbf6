import Logging
import RemindersAMQP
import RemindersBroker
import RemindersContracts
import RemindersDomain
import RemindersGround
import RemindersStore

/// Takes in case events of other services: each changes its case once, however often it comes, and the triggers of
/// `cases` queue what follows. An event that cannot be read goes to the dead letters with its reason.
public final class CaseEventIntake: Sendable {
    /// Where case events arrive.
    public static let queue = RemindersContracts.Queue.caseEvents

    private let store: ReminderStore
    private let consumer: Consumer
    private let deadLetters: DeadLetterOffice
    private let deployment: DeploymentGuard?
    private let logger: Logger
    private let takingIn: Duty
    private let batchSize = 200

    /// What it has to get done.
    public var duties: [Duty] { [takingIn] + deadLetters.duties }

    /// An intake from `consumer`, which stays the caller's to run.
    ///
    /// - Parameter deployment: see `Scheduler`.
    public init(
        store: ReminderStore, consumer: Consumer, deadLetters: DeadLetterOffice, deployment: DeploymentGuard? = nil,
        logger: Logger
    ) {
        self.deployment = deployment
        self.store = store
        self.consumer = consumer
        self.deadLetters = deadLetters
        self.logger = logger
        takingIn = Duty("case events", logger: logger)
    }

    /// Takes events in until the consumer is stopped.
    public func run() async {
        while let batch = await consumer.nextBatch(upTo: batchSize) {
            if let deployment, deployment.isHeld {
                await deployment.giveBack(batch, to: consumer)
            } else {
                await takeIn(batch)
            }
        }
    }

    private func takeIn(_ batch: [Delivery]) async {
        var events: [(delivery: Delivery, change: CaseChange)] = []
        var unreadable: [RefusedDelivery] = []
        for delivery in batch {
            do {
                events.append((delivery, CaseChange(try CaseEvent(delivery: delivery))))
            } catch {
                unreadable.append(RefusedDelivery(delivery: delivery, reason: error.description))
            }
        }
        let refused = await apply(events)
        SchedulingMetrics.eventsRefused.increment(by: unreadable.count + refused.count)
        if !unreadable.isEmpty { await deadLetters.take(unreadable, from: consumer) }
        await deadLetters.take(refused, from: consumer)
    }

    /// Tries until the database takes the changes, or the shutdown's deadline has come: nothing is acknowledged before.
    ///
    /// - Returns: those that the database refuses for good.
    private func apply(
        _ events: [(delivery: Delivery, change: CaseChange)]
    ) async -> [(element: Delivery, error: any Error)] {
        let parts = await takingIn.inParts(events) { part in
            let (new, stale) = try await store.takeIn(part.map(\.change))
            SchedulingMetrics.eventsTakenIn.increment(by: part.count)
            logger.debug(
                "case events taken in",
                metadata: ["count": "\(part.count)", "new": "\(new)", "stale": "\(stale)"])
            // At once: what is slow or refused beside it is no reason to have it twice.
            consumer.acknowledge(part.map(\.delivery))
        }
        return parts.refused.map { (element: $0.element.delivery, error: $0.error) }
    }
}

extension CaseChange {
    /// What an event of the contract says about its case.
    init(_ event: CaseEvent) {
        self.init(
            source: event.source, eventID: event.id, type: event.type, about: event.data.reference, time: event.time)
        title = event.data.title
        status = event.data.status
        isClosed = event.isClosed
        url = event.data.url
        isDeleted = event.kind == .deleted
        isAnnouncement = event.kind == .created
        traceparent = event.trace?.traceparent
        switch event.data.readers {
        case .unchanged: readers = .unchanged
        case .unnamed: readers = .unnamed
        case .named(let names): readers = .named(names)
        }
        switch event.data.deadline {
        case .unchanged: deadline = .unchanged
        case .none: deadline = .removed
        case .at(let instant): deadline = .at(instant)
        }
    }
}
