import RemindersDomain
import RemindersPostgres
import TestSupport
import Testing

@testable import RemindersStore

/// Reminders of a deadline: when the database plans them, whatever changes.
@Suite(.serialized, .timeLimit(.minutes(1))) struct DeadlineTests {
    private func scene(_ config: String = #"{"days_before": 1}"#, deadline: String = "now() + interval '10 days'")
        async throws -> Scene
    {
        let scene = try await Scene.make()
        try await scene.run(
            """
            INSERT INTO cases (entity_type, id, deadline) VALUES ('case', '1', \(deadline));
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, trigger_type, trigger_config)
            VALUES ('1', 'x', '{1}', 'deadline_approaching', '\(config)')
            """)
        return scene
    }

    /// How long before the deadline it is looked at, `now` when at once, `NULL` when never.
    private func plan(_ scene: Scene) async throws -> String {
        try await scene.text(
            """
            SELECT CASE WHEN r.next_check_at IS NULL THEN 'NULL' WHEN r.next_check_at <= now() THEN 'now'
                ELSE (c.deadline - r.next_check_at)::text END
            FROM sag_reminders r LEFT JOIN cases c ON c.id = r.sag_id AND c.entity_type = r.entity_type ORDER BY r.id
            """) ?? "NULL"
    }

    @Test(arguments: [
        (#"{"days_before": 1}"#, "1 day"), (#"{"hours_before": 2, "minutes_before": 30}"#, "02:30:00"),
        ("{}", "1 day"), (#"{"days_before": 2, "minutes_before": 5}"#, "2 days 00:05:00"),
    ])
    func `it is planned so long before`(config: String, before: String) async throws {
        #expect(try await plan(await scene(config)) == before)
    }

    @Test func `it is planned when the case becomes known after it`() async throws {
        let scene = try await scene()
        try await scene.run("DELETE FROM cases")
        #expect(try await plan(scene) == "NULL")
        try await scene.run(
            "INSERT INTO cases (entity_type, id, deadline) VALUES ('task', '1', now() + interval '5 days')")
        #expect(try await plan(scene) == "NULL")
        try await scene.run(
            "INSERT INTO cases (entity_type, id, deadline) VALUES ('case', '1', now() + interval '5 days')")
        #expect(try await plan(scene) == "1 day")
    }

    @Test func `it moves with the deadline, and is forgotten without one`() async throws {
        let scene = try await scene()
        try await scene.run("UPDATE cases SET deadline = now() + interval '3 days'")
        #expect(try await plan(scene) == "1 day")
        #expect(
            try await scene.text(
                "SELECT (next_check_at BETWEEN now() + '47 h' AND now() + '48 h')::text FROM sag_reminder_times")
                == "true")
        try await scene.run("UPDATE cases SET deadline = NULL")
        #expect(try await plan(scene) == "NULL")
        try await scene.run("UPDATE cases SET deadline = 'infinity'")
        #expect(try await plan(scene) == "NULL")
    }

    @Test(arguments: ["closed_at", "deleted_at"])
    func `a case that is over has no deadline, until it is not over any more`(column: String) async throws {
        let scene = try await scene()
        try await scene.run("UPDATE cases SET \(column) = now()")
        #expect(try await plan(scene) == "NULL")
        try await scene.run("UPDATE cases SET deadline = deadline + interval '1 day'")
        #expect(try await plan(scene) == "NULL")
        try await scene.run("UPDATE cases SET \(column) = NULL")
        #expect(try await plan(scene) == "1 day")
    }

    @Test func `when that moment is over it is now, and when the deadline is over it is never`() async throws {
        #expect(try await plan(await scene(deadline: "now() + interval '1 hour'")) == "now")
        #expect(try await plan(await scene(deadline: "now() - interval '1 second'")) == "NULL")
        let scene = try await scene()
        try await scene.run("UPDATE cases SET deadline = now() + interval '1 hour'")
        #expect(try await plan(scene) == "now")
        try await scene.run("UPDATE cases SET deadline = now() - interval '1 hour'")
        #expect(try await plan(scene) == "NULL")
    }

    @Test func `it follows its own changes too`() async throws {
        let scene = try await scene()
        try await scene.run("UPDATE sag_reminders SET trigger_config = '{\"hours_before\": 3}'")
        #expect(try await plan(scene) == "03:00:00")
        try await scene.run("UPDATE sag_reminders SET is_active = false")
        #expect(try await plan(scene) == "NULL")
        try await scene.run("UPDATE cases SET deadline = deadline + interval '1 day'")
        #expect(try await plan(scene) == "NULL")
        try await scene.run("UPDATE sag_reminders SET is_active = true")
        #expect(try await plan(scene) == "03:00:00")
        try await scene.run(
            """
            INSERT INTO cases (entity_type, id) VALUES ('case', '2');
            UPDATE sag_reminders SET sag_id = '2'
            """)
        #expect(try await scene.text("SELECT next_check_at::text FROM sag_reminder_times") == nil)
        try await scene.run("UPDATE sag_reminders SET sag_id = '1'")
        #expect(try await plan(scene) == "03:00:00")
        try await scene.run("UPDATE sag_reminders SET trigger_type = 'status_change', trigger_config = '{}'")
        #expect(try await plan(scene) == "NULL")
    }

    @Test func `a case that is renamed takes its deadline along`() async throws {
        let scene = try await scene()
        try await scene.run("UPDATE cases SET id = '9'")
        #expect(try await plan(scene) == "NULL")
        try await scene.run("UPDATE cases SET id = '1'")
        #expect(try await plan(scene) == "1 day")
    }

    @Test func `what was told is not told again, whatever is changed and changed back`() async throws {
        let scene = try await scene(deadline: "now() + interval '1 hour'")
        #expect(try await scene.fireByRule().count == 1)
        #expect(try await plan(scene) == "NULL")
        for change in [
            "UPDATE cases SET closed_at = now()", "UPDATE cases SET closed_at = NULL",
            "UPDATE cases SET deadline = deadline + interval '7 days'",
            "UPDATE cases SET deadline = deadline - interval '7 days'",
            "UPDATE sag_reminders SET is_active = false", "UPDATE sag_reminders SET is_active = true, title = 'y'",
        ] { try await scene.run(change) }
        #expect(try await plan(scene) == "NULL")
        // Nearer to the deadline than it came: that is asked for anew.
        try await scene.run("UPDATE sag_reminders SET trigger_config = '{\"minutes_before\": 30}'")
        #expect(try await plan(scene) == "00:30:00")
    }

    @Test func `each deadline is told of once`() async throws {
        let scene = try await scene(deadline: "now() + interval '1 hour'")
        #expect(try await scene.fireByRule().count == 1)
        try await scene.run("UPDATE cases SET deadline = deadline + interval '10 minutes'")
        #expect(try await plan(scene) == "now")
        #expect(try await scene.fireByRule().count == 1)
        #expect(
            try await scene.texts(
                """
                SELECT (q.deadline = c.deadline)::text FROM sag_reminder_queue q, cases c
                WHERE q.trigger_type = 'deadline_approaching' ORDER BY q.id
                """) == ["false", "true"])
        #expect(try await plan(scene) == "NULL")
    }

    @Test func `several changes in one transaction are planned by the last`() async throws {
        let scene = try await scene()
        try await scene.run(
            """
            BEGIN;
            UPDATE cases SET deadline = now() + interval '1 hour';
            UPDATE cases SET deadline = NULL;
            UPDATE cases SET deadline = now() + interval '6 days';
            COMMIT
            """)
        #expect(try await plan(scene) == "1 day")
    }

    @Test func `a reminder added while its case changes waits, and sees the change`() async throws {
        let scene = try await scene()
        try await scene.run("DELETE FROM sag_reminders")
        let (changed, goOn) = (Signal(), Signal())
        async let change: Void = scene.pool.transaction { transaction in
            _ = try await transaction.query(Query("UPDATE cases SET deadline = now() + interval '20 days'"))
            changed.give()
            await goOn.wait()
        }
        await changed.wait()
        async let insert: Void = scene.run(
            """
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, trigger_type) VALUES ('1', 'x', '{1}',
                'deadline_approaching')
            """)
        try await scene.waitForBlockedSession()
        goOn.give()
        _ = try await (change, insert)
        #expect(try await plan(scene) == "1 day")
    }

    @Test func `services plan with their own rights, and wake the schedulers`() async throws {
        let scene = try await scene()
        let heard = Signal()
        let listening = Task {
            for await notification in scene.store.dueNotifications() where notification != .listening { heard.give() }
        }
        defer { listening.cancel() }
        try await eventually("a listener") {
            try await scene.number(
                "SELECT count(*) FROM pg_stat_activity WHERE query ILIKE 'LISTEN%' AND datname = current_database()")
                == 1
        }
        var event = CaseChange(
            source: "/cases", eventID: "e", type: "x", about: CaseReference(entityType: "case", id: "1"), time: nil)
        event.deadline = .at(try await scene.store.now() + .seconds(86_400 + 1_800))
        _ = try await scene.store(as: .scheduler).takeIn([event])
        #expect(try await plan(scene) == "1 day")
        await heard.wait()

        try await scene.pool(as: .api).query(
            Query(
                """
                INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, trigger_type, trigger_config)
                VALUES ('1', 'x', '{1}', 'deadline_approaching', '{"hours_before": 1}')
                """))
        #expect(try await scene.number("SELECT count(*) FROM sag_reminder_times WHERE next_check_at > now()") == 2)
    }

    @Test func `a moved deadline withdraws what was on its way, and is told of in its stead`() async throws {
        let scene = try await scene(deadline: "now() + interval '1 hour'")
        try await scene.addUsers("1")
        let first = try await scene.fireByRule()
        try await scene.run("UPDATE cases SET deadline = deadline + interval '10 minutes'")
        let second = try await scene.fireByRule()
        try await scene.decide(first + second)
        #expect(try await scene.ledger() == ["1 withdrawn deadline_moved", "1 requested"])

        try await scene.run("UPDATE cases SET deadline = deadline + interval '10 minutes'")
        let third = try await scene.fireByRule()
        try await scene.run("UPDATE cases SET deadline = NULL")
        try await scene.decide(third)
        #expect(try await scene.ledger().last == "1 withdrawn deadline_removed")
    }

    @Test func `a missed one is skipped where it says so, and that is recorded`() async throws {
        let scene = try await scene(deadline: "now() + interval '1 hour'")
        try await scene.run(
            "UPDATE sag_reminders SET catch_up = 'skip'; UPDATE sag_reminder_times SET next_check_at = now() - interval '30 minutes'"
        )
        #expect(try await scene.fireByRule().isEmpty)
        #expect(try await plan(scene) == "NULL")
        #expect(
            try await scene.texts("SELECT concat_ws(' ', kind, reason, details ->> 'count') FROM sag_reminder_logs")
                == ["skipped catch_up 1"])
    }

    /// Given once, waited for by one.
    private final class Signal: Sendable {
        private let stream: AsyncStream<Void>
        private let continuation: AsyncStream<Void>.Continuation

        init() {
            (stream, continuation) = AsyncStream.makeStream()
        }

        func give() { continuation.finish() }

        func wait() async {
            for await _ in stream {}
        }
    }
}
