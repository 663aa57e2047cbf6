import RemindersAMQP
import RemindersBroker
import RemindersContracts
import RemindersDomain
import RemindersStore

extension Scheduler {
    /// Publishes claimed occurrences, and marks as published what the broker confirmed. The rest is given back: it is
    /// claimed again, by whichever scheduler comes first, under the same ids.
    func publish(_ occurrences: [ClaimedOccurrence]) async {
        let outcomes = await publisher.publish(occurrences.map(Message.init(due:)))
        var published: [Int64] = []
        published.reserveCapacity(occurrences.count)
        var refused: [Int64] = []
        var reason: PublishError?
        for (occurrence, outcome) in zip(occurrences, outcomes) {
            switch outcome {
            case .confirmed:
                published.append(occurrence.id)
            case .failed(let error):
                refused.append(occurrence.id)
                reason = error
            }
        }
        SchedulingMetrics.published.increment(by: published.count)
        if let reason {
            logger.warning(
                "occurrences were not published",
                metadata: ["count": "\(refused.count)", "error": "\(reason)"])
        }
        await record(published: published, refused: refused)
    }

    private func record(published: [Int64], refused: [Int64]) async {
        // Once: what is not recorded, its lease runs out and it is published once more, which the ledger knows by its id.
        _ = await recording.attempt(metadata: ["count": "\(published.count + refused.count)"]) {
            if !published.isEmpty { try await store.markPublishedIfOwned(published, owner: owner) }
            if !refused.isEmpty {
                try await store.giveBackOccurrences(refused, owner: owner, delay: configuration.restAfterFailure)
            }
        }
    }
}

extension Message {
    init(due occurrence: ClaimedOccurrence) {
        let due = ReminderDue(
            occurrenceID: occurrence.id, reminderID: occurrence.reminderID, trigger: occurrence.trigger,
            dueAt: occurrence.dueAt, about: occurrence.about, title: occurrence.title, priority: occurrence.priority)
        self.init(reminderDue: due, traceparent: occurrence.traceparent)
    }
}
