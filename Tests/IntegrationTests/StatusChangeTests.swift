import RemindersPostgres
import Testing

@testable import RemindersStore

/// The trigger that queues reminders when a case changes its status.
@Suite struct StatusChangeTests {
    private func scene(_ configs: String..., trigger: String = "status_change") async throws -> Scene {
        let scene = try await Scene.make()
        for config in configs {
            try await scene.run(
                """
                INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, trigger_type, trigger_config)
                VALUES ('1', '\(config)', '{1}', '\(trigger)', '\(config)')
                """)
        }
        try await scene.run(
            "INSERT INTO cases (entity_type, id, status) VALUES ('case', '1', 'new'), ('case', '2', 'new'), ('task', '1', 'new')"
        )
        return scene
    }

    private func queued(_ scene: Scene) async throws -> [String] {
        try await scene.texts(
            """
            SELECT concat_ws(' ', r.title, q.old_status, q.new_status) FROM sag_reminder_queue q
            JOIN sag_reminders r ON r.id = q.reminder_id ORDER BY q.id
            """)
    }

    @Test func `six changes of status are six occurrences`() async throws {
        let scene = try await scene("{}")
        for status in ["open", "waiting", "open", "waiting", "done", "open"] {
            try await scene.run("UPDATE cases SET status = '\(status)' WHERE entity_type = 'case' AND id = '1'")
        }
        #expect(
            try await queued(scene) == [
                "{} new open", "{} open waiting", "{} waiting open", "{} open waiting", "{} waiting done",
                "{} done open",
            ])
        #expect(try await scene.number("SELECT count(*) FROM v_pending_reminder_queue WHERE status = 'pending'") == 6)
    }

    @Test func `six changes in one transaction are six occurrences`() async throws {
        let scene = try await scene("{}")
        let changes = ["open", "waiting", "open", "waiting", "done", "open"].map {
            "UPDATE cases SET status = '\($0)' WHERE entity_type = 'case' AND id = '1';"
        }
        try await scene.run("BEGIN; \(changes.joined()) COMMIT")
        #expect(try await queued(scene).count == 6)
    }

    @Test func `target and origin narrow it down`() async throws {
        let target = #"{"target_status": "done"}"#
        let origin = #"{"from_status": "open"}"#
        let both = #"{"from_status": "open", "target_status": "done"}"#
        let scene = try await scene(target, origin, both)
        for status in ["open", "done", "new", "done"] {
            try await scene.run("UPDATE cases SET status = '\(status)' WHERE entity_type = 'case' AND id = '1'")
        }
        #expect(
            try await queued(scene) == [
                "\(target) open done", "\(origin) open done", "\(both) open done", "\(target) new done",
            ])
    }

    @Test func `a case without a status leaves none, and a condition on one is not met`() async throws {
        let scene = try await scene("{}", #"{"from_status": "new"}"#, #"{"target_status": "open"}"#)
        try await scene.run(
            "UPDATE cases SET status = NULL; UPDATE cases SET status = 'open' WHERE entity_type = 'case'")
        #expect(try await queued(scene) == ["{} open", #"{"target_status": "open"} open"#])
    }

    @Test func `of six quick changes the person gets what is still true`() async throws {
        let scene = try await scene("{}", #"{"target_status": "waiting"}"#)
        try await scene.addUsers("1")
        for status in ["open", "waiting", "open", "waiting", "done", "archived"] {
            try await scene.run("UPDATE cases SET status = '\(status)' WHERE entity_type = 'case' AND id = '1'")
        }
        let occurrences = try await scene.claimQueued()
        #expect(occurrences.count == 8)
        try await scene.decide(occurrences)
        #expect(
            try await scene.ledger()
                == Array(repeating: "1 withdrawn case_status_changed", count: 7) + ["1 requested"])
        #expect(
            try await scene.texts(
                "SELECT q.new_status FROM deliveries d JOIN sag_reminder_queue q ON q.id = d.occurrence_id WHERE d.state = 'requested'"
            ) == ["archived"])
    }

    @Test func `of several changes to one status the person hears of the last`() async throws {
        let scene = try await scene(#"{"target_status": "waiting"}"#)
        try await scene.addUsers("1")
        for status in ["waiting", "open", "waiting", "open", "waiting", "done", "waiting"] {
            try await scene.run("UPDATE cases SET status = '\(status)' WHERE entity_type = 'case' AND id = '1'")
        }
        let occurrences = try await scene.claimQueued()
        #expect(occurrences.count == 4)
        try await scene.decide(occurrences)
        #expect(
            try await scene.ledger() == Array(repeating: "1 withdrawn superseded", count: 3) + ["1 requested"])
        #expect(
            try await scene.number("SELECT occurrence_id FROM deliveries WHERE state = 'requested'")
                == occurrences.max())
    }

    @Test func `other cases, other kinds of thing and other columns set nothing off`() async throws {
        let scene = try await scene("{}")
        try await scene.run(
            """
            UPDATE cases SET status = 'open' WHERE entity_type = 'case' AND id = '2';
            UPDATE cases SET status = 'open' WHERE entity_type = 'task' AND id = '1';
            UPDATE cases SET title = 'x', status = 'new' WHERE entity_type = 'case' AND id = '1';
            UPDATE cases SET status = NULL WHERE entity_type = 'case' AND id = '1';
            """)
        #expect(try await queued(scene).isEmpty)
    }

    @Test func `switched off, deleted and timed reminders wait for no status`() async throws {
        let scene = try await scene("{}", #"{"from_status": "new"}"#)
        try await scene.run(
            """
            UPDATE sag_reminders SET is_active = false WHERE id = 1;
            UPDATE sag_reminders SET deleted_at = now() WHERE id = 2;
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, scheduled_at) VALUES ('1', 'timed', '{1}', now());
            UPDATE cases SET status = 'open' WHERE id = '1'
            """)
        #expect(try await queued(scene).isEmpty)
    }

    @Test func `a status that comes with a new case is no change`() async throws {
        let scene = try await scene("{}")
        try await scene.run(
            "DELETE FROM cases; INSERT INTO cases (entity_type, id, status) VALUES ('case', '1', 'open')")
        #expect(try await queued(scene).isEmpty)
    }

    @Test func `the trace of the transaction goes on with the occurrence`() async throws {
        let scene = try await scene("{}")
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        try await scene.run(
            """
            BEGIN; SET LOCAL reminders.traceparent = '\(trace)';
            UPDATE cases SET status = 'open' WHERE entity_type = 'case' AND id = '1'; COMMIT;
            """)
        try await scene.run("UPDATE cases SET status = 'done' WHERE entity_type = 'case' AND id = '1'")
        #expect(try await scene.texts("SELECT traceparent FROM sag_reminder_queue ORDER BY id") == [trace, "NULL"])
    }

    @Test func `whoever may change a case needs no rights on the queue`() async throws {
        let scene = try await scene("{}")
        try await scene.run("SET ROLE reminders_scheduler; UPDATE cases SET status = 'open' WHERE id = '1'; RESET ROLE")
        #expect(try await queued(scene).count == 1)
    }
}
