import RemindersDomain
import RemindersPostgres
import TestSupport
import Testing

@testable import RemindersStore

/// The occurrence that wakes a person from their snooze.
@Suite(.serialized, .timeLimit(.minutes(1))) struct SnoozeWakeUpTests {
    /// A reminder for tomorrow, for 1 and 2.
    private func scene(_ trigger: String = "time_based") async throws -> Scene {
        let scene = try await Scene.make()
        try await scene.addUsers("1", "2")
        try await scene.run(
            """
            INSERT INTO cases (entity_type, id, status, deadline) VALUES ('case', '1', 'new', now() + interval '9 days');
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, scheduled_at, trigger_type)
            VALUES ('1', 'x', '{1,2}', now() + interval '1 day', '\(trigger)')
            """)
        return scene
    }

    private func snooze(_ scene: Scene, user: String = "1", _ until: String) async throws {
        _ = try await scene.pool(as: .api).query(
            Query(
                """
                INSERT INTO sag_reminder_responses (reminder_id, user_id, snoozed_until) VALUES (1, $1, \(until))
                ON CONFLICT (reminder_id, user_id) DO UPDATE SET snoozed_until = excluded.snoozed_until
                """, [.text(user)]))
    }

    /// `person minutes` of each that is to come; `now` when it is due.
    private func wakeUps(_ scene: Scene) async throws -> [String] {
        try await scene.texts(
            """
            SELECT only_recipient || ' ' || CASE WHEN due_at <= clock_timestamp() THEN 'now'
                ELSE ceil(extract(epoch FROM due_at - now()) / 60)::text END
            FROM sag_reminder_queue WHERE published_at IS NULL AND due_at = available_at AND only_recipient IS NOT NULL
            ORDER BY only_recipient, id
            """)
    }

    @Test func `there is one for each who snoozed, and it moves with their snooze`() async throws {
        let scene = try await scene()
        try await snooze(scene, "now() + interval '15 minutes'")
        try await snooze(scene, user: "2", "now() + interval '30 minutes'")
        #expect(try await wakeUps(scene) == ["1 15", "2 30"])
        try await snooze(scene, "now() + interval '4 hours'")
        try await snooze(scene, "now() + interval '1 hour'")
        #expect(try await wakeUps(scene) == ["1 60", "2 30"])
    }

    @Test(arguments: [
        "UPDATE sag_reminder_responses SET snoozed_until = NULL WHERE user_id = '1'",
        "UPDATE sag_reminder_responses SET dismissed_at = now() WHERE user_id = '1'",
        "DELETE FROM sag_reminder_responses WHERE user_id = '1'",
    ])
    func `it goes when the snooze does`(change: String) async throws {
        let scene = try await scene()
        try await snooze(scene, "now() + interval '15 minutes'")
        try await snooze(scene, user: "2", "now() + interval '15 minutes'")
        try await scene.run(change)
        #expect(try await wakeUps(scene) == ["2 15"])
    }

    @Test func `acknowledging leaves it, and whoever is back from dismissing has it again`() async throws {
        let scene = try await scene()
        try await snooze(scene, "now() + interval '15 minutes'")
        let before = try await scene.text("SELECT id::text FROM sag_reminder_queue")
        try await scene.run("UPDATE sag_reminder_responses SET acknowledged_at = now()")
        #expect(try await scene.text("SELECT id::text FROM sag_reminder_queue") == before)
        try await scene.run("UPDATE sag_reminder_responses SET dismissed_at = now()")
        #expect(try await wakeUps(scene).isEmpty)
        try await scene.run("UPDATE sag_reminder_responses SET dismissed_at = NULL")
        #expect(try await wakeUps(scene) == ["1 15"])
    }

    @Test func `it is claimed when its time has come, and reaches that person alone`() async throws {
        let scene = try await scene()
        try await snooze(scene, "now() + interval '1 hour'")
        #expect(try await scene.claimQueued().isEmpty)
        try await snooze(scene, "clock_timestamp() + interval '50 milliseconds'")
        var woken: [Int64] = []
        try await eventually("the snooze is over") {
            woken = try await scene.claimQueued()
            return !woken.isEmpty
        }
        try await scene.decide(woken)
        #expect(try await scene.ledger() == ["1 requested"])
    }

    @Test func `while somebody snoozes the others are reminded, and the series goes on`() async throws {
        let scene = try await scene()
        try await scene.run(
            "UPDATE sag_reminders SET recurrence_type = 'daily', scheduled_at = now() - interval '1 minute', planned_for = now() - interval '1 minute'"
        )
        try await snooze(scene, "now() + interval '1 hour'")
        try await scene.decide(try await scene.fireByRule())
        #expect(try await scene.ledger() == ["1 withdrawn snoozed", "2 requested"])
        #expect(
            try await scene.text("SELECT (next_check_at > now() + interval '23 hours')::text FROM sag_reminder_times")
                == "true")
        #expect(try await wakeUps(scene) == ["1 60"])
    }

    @Test func `one that was claimed when the person snoozes on does nothing any more`() async throws {
        let scene = try await scene()
        try await snooze(scene, "now()")
        let store = try scene.store(as: .scheduler)
        let claimed = try await store.claimUnpublished(limit: 10, owner: 1, lease: .seconds(60)).rows.map(\.id)
        #expect(claimed.count == 1)
        try await snooze(scene, "now() + interval '1 hour'")
        try await store.markPublishedIfOwned(claimed, owner: 1)
        try await scene.decide(claimed)
        #expect(try await scene.ledger().isEmpty)
        #expect(try await wakeUps(scene) == ["1 60"])
    }

    @Test func `what it is about comes along: the change of status, the deadline`() async throws {
        let changed = try await scene("status_change")
        try await changed.run(
            "UPDATE cases SET status = 'open'; UPDATE cases SET status = 'done'; UPDATE sag_reminder_queue SET published_at = now()"
        )
        try await snooze(changed, "now() + interval '1 hour'")
        #expect(
            try await changed.texts(
                "SELECT concat_ws(' ', trigger_type, old_status, new_status) FROM sag_reminder_queue WHERE published_at IS NULL"
            ) == ["status_change open done"])

        let near = try await scene("deadline_approaching")
        try await snooze(near, "now() + interval '1 hour'")
        #expect(
            try await near.text("SELECT (q.deadline = c.deadline)::text FROM sag_reminder_queue q, cases c") == "true")
    }

    @Test func `schedulers are woken for it`() async throws {
        let scene = try await scene()
        let (heard, hear) = AsyncStream.makeStream(of: Void.self)
        let listening = Task {
            for await notification in scene.store.dueNotifications() where notification != .listening { hear.yield() }
        }
        defer { listening.cancel() }
        try await eventually("a listener") {
            try await scene.number(
                "SELECT count(*) FROM pg_stat_activity WHERE query ILIKE 'LISTEN%' AND datname = current_database()")
                == 1
        }
        try await snooze(scene, "now() + interval '15 minutes'")
        var iterator = heard.makeAsyncIterator()
        await iterator.next()
    }
}
