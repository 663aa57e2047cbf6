import Logging
import RemindersAMQP
import RemindersBroker
import RemindersContracts
import RemindersDomain
import RemindersStore

/// Takes in case events of other services: each changes its case once, however often it comes, and the triggers of
/// `cases` queue what follows. An event that cannot be read goes to the dead letters with its reason.
public final class CaseEventIntake: Sendable {
    /// Where case events arrive.
    public static let queue = RemindersContracts.Queue.caseEvents

    private let store: ReminderStore
    private let consumer: Consumer
    private let deadLetters: DeadLetterOffice
    private let logger: Logger
    private let batchSize = 200

    /// An intake from `consumer`, which stays the caller's to run.
    public init(store: ReminderStore, consumer: Consumer, deadLetters: DeadLetterOffice, logger: Logger) {
        self.store = store
        self.consumer = consumer
        self.deadLetters = deadLetters
        self.logger = logger
    }

    /// Takes events in until the consumer is stopped.
    public func run() async {
        while let batch = await consumer.nextBatch(upTo: batchSize) {
            await takeIn(batch)
        }
    }

    private func takeIn(_ batch: [Delivery]) async {
        var readable: [Delivery] = []
        var changes: [CaseChange] = []
        var refused: [RefusedDelivery] = []
        for delivery in batch {
            do {
                changes.append(CaseChange(try CaseEvent(delivery: delivery)))
                readable.append(delivery)
            } catch {
                refused.append(RefusedDelivery(delivery: delivery, reason: error.description))
            }
        }
        if !changes.isEmpty, await apply(changes) { consumer.acknowledge(readable) }
        if !refused.isEmpty {
            SchedulingMetrics.eventsRefused.increment(by: refused.count)
            await deadLetters.take(refused, from: consumer)
        }
    }

    /// Tries until the database takes the changes, or the shutdown's deadline has come: nothing is acknowledged before.
    private func apply(_ changes: [CaseChange]) async -> Bool {
        var failures = 0
        while !Task.isCancelled {
            do {
                let (new, stale) = try await store.takeIn(changes)
                SchedulingMetrics.eventsTakenIn.increment(by: changes.count)
                logger.debug(
                    "case events taken in",
                    metadata: ["count": "\(changes.count)", "new": "\(new)", "stale": "\(stale)"])
                return true
            } catch {
                failures += 1
                logger.error("case events could not be taken in yet", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: .milliseconds(min(100 << min(failures, 6), 5_000)))
            }
        }
        return false
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
        switch event.data.deadline {
        case .unchanged: deadline = .unchanged
        case .none: deadline = .removed
        case .at(let instant): deadline = .at(instant)
        }
    }
}
