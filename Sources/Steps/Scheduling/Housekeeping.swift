import RemindersDomain
import RemindersStore

extension Scheduler {
    /// Wakes the scheduler whenever the database says that something may be due earlier than it would look again.
    /// Runs until the task is cancelled.
    public func listen() async {
        for await _ in store.dueNotifications() { wake() }
    }

    /// Looks after what dead schedulers had claimed every two seconds, goes on with erasures that whoever asked for them
    /// has left, and deletes permits that no window reaches any more. Runs until the task is cancelled.
    public func keepHouse() async {
        var sinceLastPurge = Duration.zero
        let pause = Duration.seconds(2)
        while !Task.isCancelled {
            let purges = sinceLastPurge == .zero
            _ = await housekeeping.attempt {
                if try await store.freeClaimsOfDeadSchedulers(survivor: owner) > 0 { wake() }
                for erasure in try await store.unfinishedErasures() {
                    _ = try await store.goOnErasing(erasure.id, for: .seconds(1))
                }
                if purges { _ = try await store.purgePermits(olderThan: .seconds(7200)) }
            }
            sinceLastPurge = sinceLastPurge >= .seconds(600) ? .zero : sinceLastPurge + pause
            try? await Task.sleep(for: pause)
        }
    }
}
