import RemindersDomain
import RemindersPostgres
import TestSupport

@testable import RemindersRateLimiting
@testable import RemindersScheduling
@testable import RemindersStore

extension ReminderStore {
    /// Reads what is due, plans it and fires it, as a scheduler does.
    func fireDueReminders(
        limit: Int, owner: Int32, lease: Duration, plan: @Sendable (DueReminder) throws -> FiringPlan
    ) async throws -> (occurrences: [ClaimedOccurrence], reminders: Int) {
        let due = try await dueReminders(limit: limit)
        let planned = try due.reminders.map { PlannedReminder($0, try plan($0)) }
        return try await fireRemindersIfUnchanged(planned, owner: owner, lease: lease)
    }
}

extension Scene {
    /// Fires what is due as a scheduler does, by the rules of the reminders, and marks it as published.
    ///
    /// - Returns: the occurrences' ids.
    @discardableResult
    func fireByRule() async throws -> [Int64] {
        let planner = FiringPlanner(punctuality: .seconds(360))
        let fired = try await store(as: .scheduler).fireDueReminders(limit: 1_000, owner: 1, lease: .seconds(60)) {
            try planner.plan($0)
        }
        let ids = fired.occurrences.map(\.id)
        try await store.markPublishedIfOwned(ids, owner: 1)
        return ids
    }

    /// Claims what triggers queued and whose time has come, and marks it as published.
    ///
    /// - Returns: the occurrences' ids.
    @discardableResult
    func claimQueued() async throws -> [Int64] {
        let ids = try await store(as: .scheduler).claimUnpublished(limit: 1_000, owner: 1, lease: .seconds(60))
            .rows.map(\.id)
        try await store.markPublishedIfOwned(ids, owner: 1)
        return ids
    }

    /// Decides about occurrences as a rate-limiter does, without a limit.
    func decide(_ ids: [Int64], isRelease: Bool = false) async throws {
        let policy = RateLimiter.Policy(switches: .init(channels: .all, limit: nil))
        try await store(as: .rateLimiter).decide(occurrences: ids, switches: policy.switches) { batch in
            var decision = BatchDecision(batch, policy: policy, isRelease: isRelease)
            decision.decide()
            return (decision.writes, ())
        }
    }

    /// The ledger: `recipient state reason` of each delivery, in the order of the occurrences.
    func ledger() async throws -> [String] {
        try await texts(
            "SELECT concat_ws(' ', recipient, state, reason) FROM deliveries ORDER BY occurrence_id, recipient, channel"
        )
    }

    /// Waits until somebody of this database waits for a lock.
    func waitForBlockedSession() async throws {
        try await eventually("a session that waits for a lock") {
            try await number(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            ) > 0
        }
    }
}
