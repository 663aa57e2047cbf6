import RemindersDomain
import RemindersStore

extension Scheduler {
    /// Wakes the scheduler whenever the database says that something may be due earlier than it would look again.
    /// Runs until the task is cancelled.
    public func listen() async {
        for await _ in store.dueNotifications() { wake() }
    }

    /// Looks after what dead schedulers had claimed every two seconds, goes on with erasures that whoever asked for them
    /// has left, merges the counts of statistics each minute, and deletes permits that no window reaches any more. Runs
    /// until the task is cancelled.
    public func keepHouse() async {
        var round = 0
        while !Task.isCancelled {
            _ = await housekeeping.attempt {
                if try await store.freeClaimsOfDeadSchedulers(survivor: owner) > 0 { wake() }
                for erasure in try await store.unfinishedErasures() {
                    _ = try await store.goOnErasing(erasure.id, for: .seconds(1))
                }
                if round.isMultiple(of: 30) { while try await store.mergeDeliveryCounts() {} }
                if round.isMultiple(of: 300) { _ = try await store.purgePermits(olderThan: .seconds(7200)) }
            }
            round += 1
            try? await Task.sleep(for: .seconds(2))
        }
    }
}
