/// People and their reminders.
extension Scene {
    /// Users with the ids 1 to `count`, whose mail goes to u1@example.org and so on.
    func addUsers(_ count: Int) async throws {
        try await run(
            """
            INSERT INTO users (id, display_name, email, mattermost_username, time_zone)
            SELECT n, 'User ' || n, 'u' || n || '@example.org', 'u' || n, 'Europe/Copenhagen'
            FROM generate_series(1, \(count)) n
            """)
    }

    /// Reminders by mail, about cases 1 to `count` and titled with the same number, for the users 1 to `users` in turn.
    ///
    /// - Parameters:
    ///   - row: How many in a row are for the same person.
    ///   - delay: When the first is due.
    ///   - spacing: How long after it the next is due, and so on.
    func addReminders(
        _ count: Int, users: Int, inARow row: Int = 1, in delay: Duration = .zero, spacing: Duration = .zero
    ) async throws {
        try await run(
            """
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, notify_email, notify_mattermost,
                notify_frontend, override_user_preferences, scheduled_at)
            SELECT n, n, ARRAY[(1 + (n - 1) / \(row) % \(users))::text], true, false, false, true,
                clock_timestamp() + interval '\(delay.milliseconds) ms' + (n - 1) * interval '\(spacing.milliseconds) ms'
            FROM generate_series(1, \(count)) n
            """)
    }
}

extension Duration {
    /// Whole milliseconds.
    var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
