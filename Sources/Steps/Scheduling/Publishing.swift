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
        unmarked.withLock { $0 += published }
        guard !refused.isEmpty else { return }
        _ = await recording.attempt(metadata: ["count": "\(refused.count)"]) {
            try await store.giveBackOccurrences(refused, owner: owner, delay: configuration.restAfterFailure)
        }
    }

    /// Marks what was published, now and then, and when it is cancelled all that is left.
    func markWhatIsPublished() async {
        var isLast: Bool
        repeat {
            try? await Task.sleep(for: configuration.markingDelay)
            isLast = Task.isCancelled
            let published = takeUnmarked()
            guard !published.isEmpty else { continue }
            // Once: what is not marked, its lease runs out and it is published once more, which the ledger knows by its id.
            // In a task of its own, which the end does not cancel.
            await Task {
                _ = await recording.attempt(metadata: ["count": "\(published.count)"]) { try await mark(published) }
            }.value
        } while !isLast
    }

    func takeUnmarked() -> [Int64] {
        unmarked.withLock { ids in
            defer { ids.removeAll(keepingCapacity: true) }
            return ids
        }
    }

    func mark(_ published: [Int64]) async throws {
        if !published.isEmpty { try await store.markPublishedIfOwned(published, owner: owner) }
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
