import RemindersDomain
import RemindersPostgres
import Testing

@testable import RemindersStore

/// Tables of the user's own whose rows are cases.
@Suite(.serialized, .timeLimit(.minutes(1))) struct AttachedTableTests {
    private var columns: CaseColumns {
        var columns = CaseColumns(id: "Sag Id", status: "stat\"us", title: "titel")
        columns.deadline = "frist"
        columns.url = "link"
        columns.deleted = "slettet"
        columns.closedStatuses = ["lukket", "afvist"]
        columns.zone = "Europe/Copenhagen"
        return columns
    }

    /// A table with names that need quotes, in a schema of its own, with two rows.
    private func scene() async throws -> Scene {
        let scene = try await Scene.make()
        try await scene.run(
            #"""
            CREATE SCHEMA "my app";
            CREATE TABLE "my app"."Sager" ("Sag Id" integer PRIMARY KEY, "stat""us" text, titel text, frist timestamp,
                link text, slettet timestamptz, line jsonb);
            INSERT INTO "my app"."Sager" VALUES (1, 'ny', 'Første', '2030-07-01 09:00', 'https://example.org/1', NULL),
                (2, 'lukket', 'Anden', NULL, NULL, NULL)
            """#)
        return scene
    }

    private static let table = #""my app"."Sager""#

    private func attach(_ scene: Scene, _ columns: CaseColumns? = nil) async throws -> Int64 {
        try await scene.store.attach(table: AttachedTableTests.table, columns: columns ?? self.columns)
    }

    private func cases(_ scene: Scene) async throws -> [String] {
        try await scene.texts(
            """
            SELECT concat_ws('|', id, title, status, deadline AT TIME ZONE 'UTC', url,
                CASE WHEN closed_at IS NOT NULL THEN 'closed' END, CASE WHEN deleted_at IS NOT NULL THEN 'deleted' END)
            FROM cases ORDER BY entity_type, id
            """)
    }

    private func change(_ scene: Scene, _ sets: String, where id: Int = 1) async throws {
        try await scene.run("UPDATE \(AttachedTableTests.table) SET \(sets) WHERE \"Sag Id\" = \(id)")
    }

    @Test func `rows that are there are taken in, and nobody is reminded of their status`() async throws {
        let scene = try await scene()
        try await scene.run(
            """
            INSERT INTO cases (entity_type, id, status) VALUES ('case', '1', 'old');
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, trigger_type)
            VALUES ('1', 'status', '{1}', 'status_change'), ('1', 'deadline', '{1}', 'deadline_approaching')
            """)
        #expect(try await attach(scene) == 2)
        #expect(
            try await cases(scene) == [
                "1|Første|ny|2030-07-01 07:00:00|https://example.org/1", "2|Anden|lukket|closed",
            ])
        #expect(try await scene.number("SELECT count(*) FROM sag_reminder_queue") == 0)
        #expect(
            try await scene.texts(
                "SELECT (next_check_at AT TIME ZONE 'UTC')::text FROM sag_reminder_times ORDER BY reminder_id")
                == ["NULL", "2030-06-30 07:00:00"])
        // And again: nothing is new.
        #expect(try await attach(scene) == 0)
        #expect(
            try await scene.number(
                "SELECT count(*) FROM pg_trigger WHERE tgname = 'sag_status_change_reminder_attached'") == 1)
    }

    @Test func `a change of a row whose case nobody had heard of reminds, with where it came from`() async throws {
        let scene = try await scene()
        _ = try await attach(scene)
        try await scene.run(
            """
            DELETE FROM cases;
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, trigger_type, trigger_config)
            VALUES ('1', 'x', '{1}', 'status_change', '{"from_status": "ny"}')
            """)
        try await change(scene, #""stat""us" = 'i_gang'"#)
        let queued = "SELECT concat_ws(' ', old_status, new_status) FROM sag_reminder_queue"
        #expect(try await scene.texts(queued) == ["ny i_gang"])
        // A new row announces its case.
        try await scene.run(
            """
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, trigger_type)
            VALUES ('3', 'x', '{1}', 'status_change');
            INSERT INTO \(AttachedTableTests.table) VALUES (3, 'ny', 'Tredje')
            """)
        #expect(try await scene.texts(queued) == ["ny i_gang"])
    }

    @Test func `a link that is none is left out, and what can be mended is`() async throws {
        let scene = try await scene()
        _ = try await attach(scene)
        for (link, kept) in [
            ("https://x.dk/it''s (1)", "https://x.dk/it's%20(1)"), ("https://good.dk@evil.dk/", "NULL"),
            ("https://x.dk/[a]", "https://x.dk/%5Ba%5D"), ("javascript:alert(1)", "NULL"), ("https://bø.dk/", "NULL"),
            ("HTTP://x.dk", "http://x.dk"), ("", "NULL"),
        ] {
            try await change(scene, "link = '\(link)'")
            #expect(try await scene.texts("SELECT url FROM cases WHERE id = '1'") == [kept])
        }
    }

    @Test func `what changes in the table changes the case, in the same transaction, and reminds`() async throws {
        let scene = try await scene()
        _ = try await attach(scene)
        try await scene.run(
            """
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, trigger_type, trigger_config)
            VALUES ('1', 'x', '{1}', 'status_change', '{"target_status": "i_gang"}')
            """)
        try await scene.run(
            """
            BEGIN; SET LOCAL reminders.traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
            UPDATE \(AttachedTableTests.table) SET "stat""us" = 'i_gang' WHERE "Sag Id" = 1; ROLLBACK;
            """)
        #expect(try await scene.number("SELECT count(*) FROM sag_reminder_queue") == 0)
        try await change(scene, #""stat""us" = 'i_gang', frist = NULL"#)
        #expect(
            try await scene.texts("SELECT concat_ws(' ', old_status, new_status) FROM sag_reminder_queue") == [
                "ny i_gang"
            ])
        try await change(scene, #""stat""us" = 'lukket'"#)
        #expect(try await cases(scene)[0] == "1|Første|lukket|https://example.org/1|closed")
        try await change(scene, #""stat""us" = 'ny', slettet = now()"#)
        #expect(try await cases(scene)[0] == "1|Første|ny|https://example.org/1|deleted")
        try await change(scene, "slettet = NULL")
        try await scene.run("INSERT INTO \(AttachedTableTests.table) VALUES (3, 'ny', 'Tredje')")
        #expect(try await cases(scene).last == "3|Tredje|ny")
        try await change(scene, "\"Sag Id\" = 4", where: 3)
        try await scene.run("DELETE FROM \(AttachedTableTests.table) WHERE \"Sag Id\" = 2")
        #expect(
            try await cases(scene) == [
                "1|Første|ny|https://example.org/1", "2|Anden|lukket|closed|deleted", "3|Tredje|ny|deleted",
                "4|Tredje|ny",
            ])
    }

    @Test func `a bad value breaks nobody's transaction`() async throws {
        let scene = try await scene()
        _ = try await attach(scene)
        try await change(
            scene,
            #"titel = repeat('æ', 501), "stat""us" = repeat('x', 101), link = 'javascript:alert(1)', frist = 'infinity'"#
        )
        #expect(
            try await cases(scene)[0] == "1|\(String(repeating: "æ", count: 500))|\(String(repeating: "x", count: 100))"
        )
        try await change(scene, "titel = NULL, \"stat\"\"us\" = NULL")
        #expect(try await cases(scene)[0] == "1")

        // A table of texts: an id that is none, a deadline that is none.
        try await scene.run("CREATE TABLE notes (id text, status text, title text, due text)")
        var columns = CaseColumns(id: "id", status: "status", title: "title")
        columns.entityType = "task"
        columns.deadline = "due"
        _ = try await scene.store.attach(table: "notes", columns: columns)
        try await scene.run(
            """
            INSERT INTO notes VALUES (NULL, 'a', 'b', NULL), ('', 'a', 'b', NULL), (repeat('x', 201), 'a', 'b', NULL),
                ('1', 'a', 'b', 'soon'), ('2', 'a', 'b', '2030-13-45'), ('3', 'a', 'b', '2030-07-01'),
                ('4', 'a', 'b', '2030-07-01T12:00+02'), ('5', 'a', 'b', '')
            """)
        #expect(try await scene.number("SELECT count(*) FROM notes") == 8)
        #expect(
            try await scene.texts(
                "SELECT concat_ws(' ', id, deadline AT TIME ZONE 'UTC') FROM cases WHERE entity_type = 'task' ORDER BY id"
            ) == ["1", "2", "3 2030-07-02 00:00:00", "4 2030-07-01 10:00:00", "5"])
    }

    @Test func `a column that is gone leaves the case as it was, until it is attached again`() async throws {
        let scene = try await scene()
        _ = try await attach(scene)
        try await scene.run("ALTER TABLE \(AttachedTableTests.table) RENAME frist TO deadline")
        try await change(scene, #""stat""us" = 'i_gang'"#)
        #expect(try await cases(scene)[0] == "1|Første|ny|2030-07-01 07:00:00|https://example.org/1")
        var renamed = columns
        renamed.deadline = "deadline"
        #expect(try await attach(scene, renamed) == 1)
        #expect(try await cases(scene)[0] == "1|Første|i_gang|2030-07-01 07:00:00|https://example.org/1")
    }

    @Test func `what the table does not tell stays as others told it`() async throws {
        let scene = try await scene()
        try await scene.run(
            """
            INSERT INTO cases (entity_type, id, deadline, closed_at, url)
            VALUES ('case', '1', '2031-01-01T00:00Z', now(), 'https://example.org/other')
            """)
        _ = try await attach(scene, CaseColumns(id: "Sag Id", status: "stat\"us", title: "titel"))
        try await change(scene, "titel = 'Ny titel', frist = now()")
        #expect(try await cases(scene)[0] == "1|Ny titel|ny|2031-01-01 00:00:00|https://example.org/other|closed")
    }

    @Test func `a role that knows nothing of reminders may use its table, and add partitions to it`() async throws {
        let scene = try await Scene.make()
        try await scene.run(
            """
            DO $$ BEGIN CREATE ROLE application; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
            CREATE SCHEMA application AUTHORIZATION application;
            SET ROLE application;
            CREATE TABLE application.tickets (number bigint, state text, subject text) PARTITION BY RANGE (number);
            CREATE TABLE application.first PARTITION OF application.tickets FOR VALUES FROM (1) TO (100);
            """)
        var columns = CaseColumns(id: "number", status: "state", title: "subject")
        columns.entityType = "bug"
        _ = try await scene.store.attach(table: "application.tickets", columns: columns)
        try await scene.run(
            """
            SET ROLE application;
            CREATE TABLE application.second PARTITION OF application.tickets FOR VALUES FROM (100) TO (200);
            INSERT INTO application.tickets VALUES (7, 'new', 'a'), (107, 'new', 'b');
            UPDATE application.tickets SET state = 'open';
            """)
        #expect(
            try await scene.texts("SELECT concat_ws(' ', entity_type, id, status, title) FROM cases ORDER BY title")
                == ["bug 7 open a", "bug 107 open b"])
    }

    @Test func `who has no rights here cannot write cases through a table of their own`() async throws {
        let scene = try await Scene.make()
        let error = try await postgresError {
            try await scene.run(
                """
                SET ROLE reminders_sender; CREATE TEMPORARY TABLE mine (id text, entity_type text);
                CREATE TRIGGER t AFTER INSERT ON mine FOR EACH ROW EXECUTE FUNCTION sag_attached_table_trigger('{}')
                """)
        }
        #expect(error?.sqlState == "42501")
    }

    @Test func `tables are found by the names people write`() async throws {
        let scene = try await scene()
        try await scene.run("CREATE TABLE sager (id int); CREATE VIEW shown AS SELECT * FROM sager")
        for (name, found) in [
            ("sager", "sager"), ("SAGER", "sager"), ("public.sager", "sager"),
            ("my app.Sager", AttachedTableTests.table),
            (AttachedTableTests.table, AttachedTableTests.table),
        ] { #expect(try await scene.store.table(named: name)?.name == found, "\(name)") }
        for name in ["nothing", "no.such.table", "'; DROP TABLE sager; --"] {
            #expect(try await scene.store.table(named: name) == nil)
        }
        #expect(try await scene.store.table(named: "shown")?.canBeAttached == false)
        #expect(try await scene.store.table(named: "sager")?.columns.map(\.name) == ["id"])
        #expect(try await scene.store.tableNames().contains(AttachedTableTests.table))
    }

    @Test func `what is attached is listed, and can be detached`() async throws {
        let scene = try await scene()
        #expect(try await scene.store.attachedTables().isEmpty)
        _ = try await attach(scene)
        let attached = try await scene.store.attachedTables()
        #expect(attached.map(\.name) == [AttachedTableTests.table])
        #expect(attached.first?.columns == columns)
        #expect(attached.first?.isOn == true)
        #expect(try await scene.store.detach(table: AttachedTableTests.table))
        #expect(try await !scene.store.detach(table: AttachedTableTests.table))
        try await change(scene, "titel = 'x'")
        #expect(try await cases(scene)[0].contains("Første"))
    }

    @Test func `a wrong column, and the table of cases itself, are refused`() async throws {
        let scene = try await scene()
        var wrong = columns
        wrong.status = "status"
        let column = try await postgresError { _ = try await attach(scene, wrong) }
        #expect(column?.sqlState == "42703")
        let itself = try await postgresError {
            _ = try await scene.store.attach(
                table: "cases", columns: CaseColumns(id: "id", status: "status", title: "title"))
        }
        #expect(itself?.sqlState == "42809")
    }

    @Test func `a copy that runs late overwrites nothing newer`() async throws {
        let scene = try await scene()
        _ = try await attach(scene)
        try await scene.run("UPDATE cases SET title = 'newer', changed_at = now() + interval '1 minute' WHERE id = '1'")
        #expect(try await attach(scene) == 0)
        #expect(try await cases(scene)[0].contains("newer"))
    }
}
