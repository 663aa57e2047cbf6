import RemindersDomain
import RemindersPostgres
import TestSupport

@testable import RemindersStore

extension Scene {
    /// Users with mail addresses, who want nothing but mail.
    func addUsers(_ ids: String...) async throws {
        try await store.putUsers(
            ids.map {
                Person(
                    id: $0, name: "User \($0)", email: "user\($0)@example.com", mattermostName: "user\($0)",
                    locale: "en", timeZone: "UTC")
            })
        _ = try await pool.query(
            Query(
                """
                INSERT INTO user_notification_preferences (user_id, notify_email, notify_mattermost, notify_frontend)
                SELECT id, true, false, false FROM unnest($1::text[]) id
                """, [.textArray(ids)]))
    }

    /// Reminders for once that were due a moment ago, each for these users.
    ///
    /// - Returns: their ids.
    @discardableResult
    func addDueReminders(_ count: Int, for users: [String]) async throws -> [Int64] {
        let rows = try await pool.query(
            Query(
                """
                INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, scheduled_at)
                SELECT '123', 'Follow up ' || number, $2, clock_timestamp() - interval '1 second'
                FROM generate_series(1, $1) number RETURNING id
                """, [.int4(Int32(count)), .textArray(users)]))
        return try rows.map { try $0.int64(0) }
    }

    /// Fires what is due, for once, and marks it as published.
    ///
    /// - Returns: the occurrences' ids.
    @discardableResult
    func fire(limit: Int = 1_000) async throws -> [Int64] {
        let fired = try await store.fireDueReminders(limit: limit, owner: 1, lease: .seconds(60)) {
            FiringPlan(occurrences: [$0.dueAt], next: nil)
        }
        let ids = fired.occurrences.map(\.id)
        try await store.markPublishedIfOwned(ids, owner: 1)
        return ids
    }
}
