import RemindersDomain
import RemindersPostgres
import TestSupport
import Testing

@testable import RemindersStore

/// A database that is in use when its tables become partitioned.
@Suite(.timeLimit(.minutes(1))) struct PartitionUpgradeTests {
    private static let rowsByTable = """
        SELECT 'queue ' || string_agg(concat_ws(',', id, status, processed_at IS NULL), ' ' ORDER BY id)
        FROM sag_reminder_queue
        UNION ALL
        SELECT 'ledger ' || string_agg(concat_ws(',', occurrence_id, channel, state, reason, release_at), ' '
            ORDER BY occurrence_id, channel) FROM deliveries
        UNION ALL
        SELECT 'log ' || string_agg(concat_ws(',', id, kind, outcome, occurrence_id), ' ' ORDER BY id) FROM sag_reminder_logs
        UNION ALL
        SELECT 'popups ' || string_agg(concat_ws(',', id, user_id, settled_how), ' ' ORDER BY id) FROM popups
        """

    /// A database of before, with rows in each state.
    private func filled() async throws -> Scene {
        let scene = try await Scene.empty()
        var files = try Scene.schemaFiles()
        files.migrations.removeAll { $0.version >= 6 }
        _ = try await scene.store.migrate(files)
        try await scene.addUsers("1")
        try await scene.run(
            """
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, scheduled_at)
            SELECT '123', 'Follow up ' || number, '{1}', now() + interval '1 hour' FROM generate_series(1, 12) number;
            INSERT INTO sag_reminder_queue (reminder_id, trigger_type, due_at, status, published_at, processed_at)
            SELECT number, 'time_based', now() - number * interval '1 day', 'sent', now(), now()
            FROM generate_series(1, 10) number;
            INSERT INTO sag_reminder_queue (reminder_id, trigger_type, due_at, only_recipient, available_at)
            VALUES (11, 'time_based', now() + interval '90 days', '1', now() + interval '90 days'),
                (12, 'time_based', now(), NULL, now());
            INSERT INTO deliveries (occurrence_id, recipient, channel, id, reminder_id, state, reason, due_at, release_at,
                finished_at)
            SELECT number, '1', 'email', gen_random_uuid(), number, state, CASE state WHEN 'held' THEN 'quiet_hours' END,
                now(), CASE state WHEN 'held' THEN now() END,
                CASE WHEN state NOT IN ('requested', 'held', 'sending') THEN now() END
            FROM unnest('{requested,held,sending,sent,rejected,withdrawn,dropped,dry_run,dead,unknown}'::text[])
                WITH ORDINALITY AS states (state, number);
            INSERT INTO sag_reminder_logs (kind, outcome, occurrence_id, delivery_id, reminder_id, user_id, channel)
            SELECT 'delivery', state, occurrence_id, id, reminder_id, '1', channel FROM deliveries WHERE finished_at IS NOT NULL;
            INSERT INTO sag_reminder_logs (kind, reminder_id, user_id) VALUES ('snooze', 11, '1'), ('changed', 12, '1');
            INSERT INTO popups (user_id, occurrence_id, delivery_id, reminder_id, title, entity_type, case_id, trigger_type,
                due_at, settled_at, settled_how)
            SELECT '1', number, gen_random_uuid(), number, 'Follow up', 'case', '123', 'time_based', now(),
                CASE WHEN number > 1 THEN now() END, CASE WHEN number > 1 THEN 'dismissed' END
            FROM generate_series(1, 3) number
            """)
        return scene
    }

    @Test func `rows stay as they are, where they are, and go on from there`() async throws {
        let scene = try await filled()
        let before = try await scene.texts(PartitionUpgradeTests.rowsByTable)
        let file = "SELECT string_agg(pg_relation_filenode(name)::text, ' ') FROM unnest(ARRAY[NAMES]::regclass[]) name"
        let tables = ["sag_reminder_queue", "deliveries", "sag_reminder_logs", "popups"]
        func files(_ suffix: String) async throws -> String? {
            let names = tables.map { "'\($0)\(suffix)'" }.joined(separator: ", ")
            return try await scene.text(file.replacing("NAMES", with: names))
        }
        let filesBefore = try await files("")
        _ = try await scene.store.migrate(try Scene.schemaFiles())
        #expect(try await scene.texts(PartitionUpgradeTests.rowsByTable) == before)
        #expect(try await files("_before") == filesBefore, "nothing is written anew")
        #expect(try await scene.store.partitions().filter { $0.beginsAt == nil && $0.endsAt != nil }.count == 4)

        // What waited goes on; numbers of log and pop-ups too, so that later ones are higher.
        let sender = try scene.store(as: .sender)
        let key = DeliveryKey(occurrenceID: 1, recipient: .user("1"), channel: .email)
        let claims = try await sender.claim([key], owner: 7, lease: .seconds(60)) { _ in false }.claims
        guard case .claimed(attempt: 1, deaths: 0) = claims[0] else {
            Issue.record("not claimed")
            return
        }
        let record = AttemptRecord(
            delivery: key, attempt: 1, state: .sent, outcome: "delivered", reason: nil, reply: nil)
        #expect(try await sender.recordAttemptsIfOwned([record], owner: 7).count == 1)
        #expect(try await scene.number("SELECT id FROM sag_reminder_logs WHERE occurrence_id = 1") == 10)
        #expect(try await scene.store(as: .rateLimiter).releasableOccurrences(limit: 10).occurrences == [2])
        #expect(
            try await scene.store(as: .scheduler).claimUnpublished(limit: 10, owner: 7, lease: .seconds(60)).rows.map(
                \.id)
                == [12])
        // What was new before is new in the same partition until its week is over, by numbers of the new kind.
        try await scene.run("UPDATE sag_reminder_times SET next_check_at = now() WHERE reminder_id = 1")
        let fired = try await scene.fire()
        #expect(try await scene.numbers("SELECT id FROM sag_reminder_queue_before WHERE id > 12") == fired)
    }

    @Test func `a final record of before is not written again`() async throws {
        let scene = try await filled()
        _ = try await scene.store.migrate(try Scene.schemaFiles())
        let again = """
            INSERT INTO sag_reminder_logs (kind, outcome, occurrence_id, reminder_id, user_id, channel, week)
            VALUES ('delivery', 'sent', 4, 4, '1', 'email', week_of_id(4))
            """
        #expect(try await postgresError { try await scene.run(again) }?.sqlState == "23505")
    }

    @Test func `somebody else's view on a table is not left showing old rows`() async throws {
        let scene = try await filled()
        try await scene.run("CREATE VIEW sent_lately AS SELECT * FROM deliveries WHERE state = 'sent'")
        let error = try await postgresError { _ = try await scene.store.migrate(Scene.schemaFiles()) }
        #expect(error?.message.contains("sent_lately") == true)
        try await scene.run("DROP VIEW sent_lately")
        _ = try await scene.store.migrate(try Scene.schemaFiles())
    }
}
