import RemindersDomain
import RemindersPostgres
import Testing

@testable import RemindersStore

/// What is held is decided again as soon as something it depends on has changed.
@Suite(.serialized, .timeLimit(.minutes(1))) struct HeldAgainTests {
    /// Reminders 1 (timed), 2 (status) and 3 (deadline) of case 1, and 4 of case 2, each held for 1 and 2.
    private func scene() async throws -> Scene {
        let scene = try await Scene.make()
        try await scene.addUsers("1", "2")
        try await scene.run(
            """
            BEGIN;
            INSERT INTO cases (entity_type, id, status) VALUES ('case', '1', 'new'), ('case', '2', 'new');
            COMMIT;
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, scheduled_at, trigger_type)
            VALUES ('1', 'timed', '{1,2}', now(), 'time_based'), ('1', 'status', '{1,2}', NULL, 'status_change'),
                ('1', 'deadline', '{1,2}', NULL, 'deadline_approaching'), ('2', 'other', '{1,2}', now(), 'time_based');
            INSERT INTO deliveries (occurrence_id, recipient, channel, id, reminder_id, state, reason, due_at, release_at)
            SELECT reminder * 10, person, 'email', gen_random_uuid(), reminder, 'held', 'quiet_hours', now(),
                CASE reminder WHEN 1 THEN 'infinity' ELSE now() + interval '1 hour' END
            FROM generate_series(1, 4) reminder, unnest('{1,2}'::text[]) person;
            INSERT INTO deliveries (occurrence_id, recipient, channel, id, reminder_id, state, due_at, release_at)
            SELECT 100, person, 'email', gen_random_uuid(), 1, 'requested', now(), now() + interval '30 seconds'
            FROM unnest('{1,2}'::text[]) person
            """)
        return scene
    }

    /// What a rate-limiter would look at now, as `reminder person`.
    private func released(_ scene: Scene) async throws -> [String] {
        try await scene.texts(
            "SELECT reminder_id || ' ' || recipient FROM deliveries WHERE release_at <= clock_timestamp() ORDER BY 1")
    }

    @Test(arguments: [
        ("UPDATE cases SET status = 'open' WHERE id = '1'", ["2 1", "2 2"]),
        ("UPDATE cases SET deadline = now() + interval '1 day' WHERE id = '1'", ["3 1", "3 2"]),
        ("UPDATE cases SET closed_at = now() WHERE id = '1'", ["1 1", "1 2", "2 1", "2 2", "3 1", "3 2"]),
        ("UPDATE cases SET deleted_at = now() WHERE id = '2'", ["4 1", "4 2"]),
        ("UPDATE sag_reminders SET is_active = false WHERE id = 4", ["4 1", "4 2"]),
        ("UPDATE sag_reminders SET deleted_at = now() WHERE id = 1", ["1 1", "1 2"]),
        ("UPDATE sag_reminders SET priority = 'urgent' WHERE id = 1", ["1 1", "1 2"]),
        ("UPDATE sag_reminders SET notify_email = false WHERE id = 4", ["4 1", "4 2"]),
        ("UPDATE sag_reminders SET recipient_user_ids = '{1}' WHERE id = 4", ["4 1", "4 2"]),
        (
            "UPDATE user_notification_preferences SET notify_email = false WHERE user_id = '1'",
            ["1 1", "2 1", "3 1", "4 1"]
        ),
        ("DELETE FROM user_notification_preferences WHERE user_id = '2'", ["1 2", "2 2", "3 2", "4 2"]),
        ("UPDATE users SET time_zone = 'Europe/Berlin' WHERE id = '2'", ["1 2", "2 2", "3 2", "4 2"]),
        ("INSERT INTO sag_reminder_responses (reminder_id, user_id, dismissed_at) VALUES (1, '2', now())", ["1 2"]),
        (
            "INSERT INTO sag_reminder_responses (reminder_id, user_id, snoozed_until) VALUES (4, '1', now() + '1 h')",
            ["4 1"]
        ),
    ])
    func `what a change bears on, and nothing else`(change: String, expected: [String]) async throws {
        let scene = try await scene()
        try await scene.run(change)
        #expect(try await released(scene) == expected)
    }

    @Test(arguments: [
        "UPDATE cases SET title = 'x', changed_at = now() WHERE id = '1'",
        "UPDATE sag_reminders SET title = 'x', message = 'y'",
        "UPDATE sag_reminder_times SET next_check_at = now(), fired_count = 7",
        "UPDATE users SET display_name = 'x'",
        "INSERT INTO sag_reminder_responses (reminder_id, user_id, acknowledged_at) VALUES (1, '2', now())",
        "INSERT INTO cases (entity_type, id, status) VALUES ('task', '1', 'x')",
    ])
    func `nothing is decided again for what bears on nothing`(change: String) async throws {
        let scene = try await scene()
        try await scene.run(change)
        #expect(try await released(scene).isEmpty)
    }

    @Test func `services need no rights on the ledger for it`() async throws {
        let scene = try await scene()
        try await scene.pool(as: .api).query(
            Query("UPDATE user_notification_preferences SET quiet_hours_enabled = true WHERE user_id = '1'"))
        #expect(try await released(scene).count == 4)
    }

    @Test func `a change that is not committed yet, and one that is, wait for nobody`() async throws {
        let scene = try await scene()
        // A rate-limiter is at the rows of 1 at this moment.
        try await scene.pool.transaction { limiter in
            _ = try await limiter.query(Query("SELECT FROM deliveries WHERE recipient = '1' FOR UPDATE"))
            // Would time out if it waited.
            try await scene.run("SET lock_timeout = '5s'; UPDATE cases SET closed_at = now() WHERE id = '1'")
            #expect(try await released(scene) == ["1 2", "2 2", "3 2"])
        }
        // A person's change is not committed yet: its rows are free until then.
        try await scene.pool.transaction { person in
            _ = try await person.query(
                Query("UPDATE user_notification_preferences SET notify_email = false WHERE user_id = '1'"))
            try await scene.run(
                "SET lock_timeout = '5s'; UPDATE deliveries SET reason = 'rate_limited' WHERE recipient = '1'")
        }
        #expect(try await released(scene).filter { $0.hasSuffix(" 1") }.count == 4)
    }

    @Test func `a case that is closed ends what is held for it, at once`() async throws {
        let scene = try await Scene.make()
        try await scene.addUsers("1")
        try await scene.run(
            """
            UPDATE user_notification_preferences SET quiet_hours_enabled = true,
                quiet_hours_start = (now() AT TIME ZONE 'UTC' - interval '1 hour')::time,
                quiet_hours_end = (now() AT TIME ZONE 'UTC' + interval '2 hours')::time;
            INSERT INTO cases (entity_type, id) VALUES ('case', '123')
            """)
        try await scene.addDueReminders(1, for: ["1"])
        try await scene.decide(try await scene.fire())
        #expect(try await scene.ledger() == ["1 held quiet_hours"])
        #expect(try await scene.store(as: .rateLimiter).releasableOccurrences(limit: 10).occurrences.isEmpty)

        try await scene.run("UPDATE cases SET closed_at = now()")
        let releasable = try await scene.store(as: .rateLimiter).releasableOccurrences(limit: 10)
        try await scene.decide(releasable.occurrences, isRelease: true)
        #expect(try await scene.ledger() == ["1 withdrawn case_closed"])
    }
}
