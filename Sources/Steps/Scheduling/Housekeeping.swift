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
            if !isHeld { await keepHouseOnce(round) }
            round += 1
            try? await Task.sleep(for: .seconds(2))
        }
    }

    private func keepHouseOnce(_ round: Int) async {
        _ = await housekeeping.attempt {
            if try await store.freeClaimsOfDeadSchedulers(survivor: owner) > 0 { wake() }
            if round.isMultiple(of: 30) { while try await store.mergeDeliveryCounts() {} }
            if round.isMultiple(of: 300) {
                _ = try await store.purgePermits(olderThan: .seconds(7200))
                try await store.purgeCreationQuotas()
            }
            // Last, for one that can't go on holds up nothing else then.
            for erasure in try await store.unfinishedErasures() {
                _ = try await store.goOnErasing(erasure.id, for: .seconds(1))
            }
        }
    }

    /// Goes on with cases that have more reminders than a change of them deals with at once, looking each second. Runs until
    /// the task is cancelled.
    public func goOnWithCases() async {
        while !Task.isCancelled {
            switch await workingOnCases.attempt({ isHeld ? false : try await store.goOnWithCases() }) {
            case .done(true): continue
            case .done(false): try? await Task.sleep(for: .seconds(1))
            case .failed(let pause): try? await Task.sleep(for: pause)
            }
        }
    }

    /// Makes the database's partitions of the weeks ahead, at once and every hour. Runs until the task is cancelled.
    public func makePartitionsAhead() async {
        while !Task.isCancelled {
            let made = await partitioning.attempt {
                let ahead = try await store.makePartitionsAhead()
                if ahead.moved > 0 {
                    SchedulingMetrics.rowsBeforePartition.increment(by: ahead.moved)
                    logger.warning(
                        "Rows had no partition of their week, and have been taken to it",
                        metadata: ["rows": "\(ahead.moved)"])
                }
                // What is missing beyond is made at another time of day, when nobody reads these tables at length.
                if ahead.madeUntil < (try await store.now()) + .seconds(7 * 86_400) {
                    throw PartitionsMissing(madeUntil: ahead.madeUntil)
                }
            }
            let pause: Duration = if case .failed(let pause) = made { pause } else { .seconds(3_600) }
            try? await Task.sleep(for: pause)
        }
    }
}

/// The partitions end soon, and new ones can't be made.
struct PartitionsMissing: Error, CustomStringConvertible {
    let madeUntil: Instant

    var description: String {
        """
        there are partitions until \(madeUntil.rfc3339) only: somebody uses the tables for longer than a moment on end \
        (pg_stat_activity says who); nothing is lost meanwhile, later rows are kept apart
        """
    }
}
