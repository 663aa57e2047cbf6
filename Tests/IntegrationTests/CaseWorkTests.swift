import RemindersDomain
import RemindersPostgres
import Testing

@testable import RemindersStore

/// Cases with more reminders than a change of them deals with at once.
@Suite(.serialized, .timeLimit(.minutes(2))) struct CaseWorkTests {
    private func scene(_ trigger: String, count: Int, more: String = "") async throws -> Scene {
        let scene = try await Scene.make()
        try await scene.addUsers("1")
        try await scene.run(
            """
            INSERT INTO cases (entity_type, id, status, deadline) VALUES ('case', '1', 'new', now() + interval '10 days');
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, trigger_type, trigger_config)
            SELECT '1', 'x', '{1}', '\(trigger)', '{}' FROM generate_series(1, \(count));
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, scheduled_at)
            SELECT '1', 'x', '{1}', now() + interval '1 year' FROM generate_series(1, 5)
            """)
        return scene
    }

    private func planned(_ scene: Scene, by deadline: String) async throws -> Int64 {
        try await scene.number(
            """
            SELECT count(*) FROM sag_reminder_times t JOIN sag_reminders r ON r.id = t.reminder_id
            WHERE r.trigger_type = 'deadline_approaching' AND t.next_check_at = \(deadline) - interval '1 day'
            """)
    }

    @Test func `a moved deadline plans a slice at once, and all of it in the end`() async throws {
        let scene = try await scene("deadline_approaching", count: 2_500)
        let deadline = "(SELECT deadline FROM cases)"
        #expect(try await planned(scene, by: deadline) == 2_500)
        try await scene.run("UPDATE cases SET deadline = deadline + interval '5 days'")
        #expect(try await planned(scene, by: deadline) == 1_000)
        // However often it changes, there is one line.
        for _ in 0..<3 { try await scene.run("UPDATE cases SET deadline = deadline + interval '1 hour'") }
        #expect(try await scene.number("SELECT count(*) FROM case_work WHERE work = 'plan'") == 1)
        var slices = 0
        while try await scene.store.goOnWithCases() { slices += 1 }
        #expect(try await planned(scene, by: deadline) == 2_500)
        #expect(try await scene.number("SELECT count(*) FROM case_work") == 0)
        #expect((2...6).contains(slices))
    }

    @Test func `what fires meanwhile by the plan of before is withdrawn`() async throws {
        let scene = try await scene("deadline_approaching", count: 1_001)
        let last = try await scene.number(
            "SELECT max(id) FROM sag_reminders WHERE trigger_type = 'deadline_approaching'")
        try await scene.run("UPDATE cases SET deadline = deadline + interval '5 days'")
        try await scene.run(
            "SELECT queue_occurrences(ARRAY[\(last), \(last - 1)], '{deadline_approaching,deadline_approaching}', ARRAY[now(), now()])"
        )
        let reasons = """
            SELECT q.reminder_id || ' ' || coalesce(w.reason, 'wanted') FROM sag_reminder_queue q
            LEFT JOIN LATERAL withdrawals(ARRAY[q.id], '{1}') w ON true ORDER BY 1
            """
        let found = try await scene.texts(reasons)
        #expect(found == ["\(last - 1) wanted", "\(last) deadline_moved"])
        while try await scene.store.goOnWithCases() {}
        #expect(
            try await scene.number(
                "SELECT count(*) FROM sag_reminder_times WHERE reminder_id = \(last) AND next_check_at > now() + interval '13 days'"
            )
                == 1)
    }

    @Test func `each change of status queues each reminder once, and in the order of the changes`() async throws {
        let scene = try await scene("status_change", count: 2_500)
        try await scene.run("UPDATE cases SET status = 'open'")
        #expect(try await scene.number("SELECT count(*) FROM sag_reminder_queue") == 1_000)
        try await scene.run("UPDATE cases SET status = 'done'")
        try await scene.run(
            """
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, trigger_type) VALUES ('1', 'later', '{1}', 'status_change')
            """)
        while try await scene.store.goOnWithCases() {}
        let orders = """
            SELECT DISTINCT string_agg(q.new_status, ',' ORDER BY q.id) FROM sag_reminder_queue q GROUP BY q.reminder_id
            """
        #expect(try await scene.texts(orders) == ["open,done"])
        #expect(try await scene.number("SELECT count(DISTINCT reminder_id) FROM sag_reminder_queue") == 2_500)
    }

    @Test func `what is held about a closed case is decided again, all of it`() async throws {
        let scene = try await scene("status_change", count: 1_500)
        try await scene.run(
            """
            INSERT INTO deliveries (occurrence_id, recipient, channel, id, reminder_id, state, reason, due_at, release_at)
            SELECT id, '1', 'email', gen_random_uuid(), id, 'held', 'quiet_hours', now(), now() + interval '1 hour'
            FROM sag_reminders
            """)
        try await scene.run("UPDATE cases SET closed_at = now()")
        while try await scene.store.goOnWithCases() {}
        #expect(try await scene.number("SELECT count(*) FROM deliveries WHERE release_at > clock_timestamp()") == 0)
    }

    @Test func `of two cases each gets its turn`() async throws {
        let scene = try await scene("status_change", count: 3_500)
        try await scene.run(
            """
            INSERT INTO cases (entity_type, id, status) VALUES ('case', '2', 'new');
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, trigger_type)
            SELECT '2', 'x', '{1}', 'status_change' FROM generate_series(1, 1500)
            """)
        try await scene.run("UPDATE cases SET status = 'open' WHERE id = '1'")
        try await scene.run("UPDATE cases SET status = 'open' WHERE id = '2'")
        var slices = 0
        while try await scene.number("SELECT count(*) FROM case_work WHERE case_id = '2'") > 0, slices < 10 {
            _ = try await scene.store.goOnWithCases()
            slices += 1
        }
        #expect(slices <= 4)
        #expect(try await scene.number("SELECT count(*) FROM case_work WHERE case_id = '1'") > 0)
    }
}
