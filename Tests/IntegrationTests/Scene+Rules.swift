import RemindersDomain
import RemindersPostgres
import TestSupport

@testable import RemindersRateLimiting
@testable import RemindersScheduling
@testable import RemindersStore

extension Scene {
    /// Fires what is due as a scheduler does, by the rules of the reminders, and marks it as published.
    ///
    /// - Returns: the occurrences' ids.
    @discardableResult
    func fireByRule() async throws -> [Int64] {
        let planner = FiringPlanner(punctuality: .seconds(360))
        let fired = try await store(as: .scheduler).fireDueReminders(limit: 1_000, owner: 1, lease: .seconds(60)) {
            planner.plan($0)
        }
        let ids = fired.occurrences.rows.map(\.id)
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
        try await store(as: .rateLimiter).decide(occurrences: ids, window: .seconds(3_600)) { batch in
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
