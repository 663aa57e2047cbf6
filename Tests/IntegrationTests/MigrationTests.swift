import Foundation
import RemindersPostgres
import TestSupport
import Testing

@testable import RemindersStore

@Suite struct MigrationTests {
    @Test func `an empty database is told what it needs, and gets it`() async throws {
        let scene = try await Scene.empty()
        let files = try Scene.schemaFiles()
        #expect(files.migrations.first?.name == "0001_baseline")
        #expect(files.definitions.contains { $0.name == "functions/sag_reminders_fill_in" })
        #expect(files.definitions.last?.name.hasPrefix("views/") == true)

        let before = try await scene.store.migrationStatus(files)
        #expect(before.applied.isEmpty)
        #expect(before.pending == files.migrations)
        #expect(before.changed == files.definitions)

        let applied = try await scene.store.migrate(files)
        #expect(applied == files.migrations.map(\.name) + files.definitions.map(\.name))

        let after = try await scene.store.migrationStatus(files)
        #expect(after.applied.map(\.name) == files.migrations.map(\.name))
        #expect(after.isUpToDate)
        #expect(after.applied.allSatisfy { $0.checksum.count == 64 })
    }

    @Test func `a second time changes nothing`() async throws {
        let scene = try await Scene.make()
        let times = """
            SELECT applied_at::text FROM schema_migrations UNION ALL SELECT name || applied_at FROM schema_definitions
            ORDER BY 1
            """
        let before = try await scene.texts(times)
        #expect(try await scene.store.migrate(try Scene.schemaFiles()) == [])
        #expect(try await scene.texts(times) == before)
    }

    @Test func `several processes at once: everything is applied once, and all are content`() async throws {
        let scene = try await Scene.empty()
        let files = try Scene.schemaFiles()
        let counts = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 { group.addTask { try await scene.store.migrate(files).count } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(counts.sorted() == [0, 0, 0, files.migrations.count + files.definitions.count])
    }

    @Test func `a file that was changed afterwards is refused by name, and nothing is applied`() async throws {
        let scene = try await Scene.make()
        var files = try Scene.schemaFiles()
        let first = files.migrations[0]
        files.migrations[0] = Migration(version: 1, name: first.name, sql: first.sql + "\n-- better")
        files.migrations.append(Migration(version: 9_000, name: "9000_more", sql: "CREATE TABLE more (id int)"))
        await #expect(throws: MigrationError.changedAfterwards(name: first.name)) {
            try await scene.store.migrate(files)
        }
        #expect(try await scene.text("SELECT to_regclass('more')::text") == nil)
        await #expect(throws: MigrationError.self) { try await scene.store.migrationStatus(files) }
    }

    @Test func `a newer database is refused with what to do about it`() async throws {
        let scene = try await Scene.make()
        let files = try Scene.schemaFiles()
        var newer = files
        newer.migrations.append(Migration(version: 9_000, name: "9000_future", sql: "CREATE TABLE future (id int)"))
        _ = try await scene.store.migrate(newer)
        let refused = MigrationError.databaseIsNewer(
            version: 9_000, newestKnown: try #require(files.migrations.last?.version))
        await #expect(throws: refused) { try await scene.store.migrate(files) }
        await #expect(throws: refused) { try await scene.store.migrationStatus(files) }
        #expect(refused.description.hasSuffix("use the program's newer version"))
    }

    @Test func `when one fails nothing has changed, and the corrected one goes in`() async throws {
        let scene = try await Scene.make()
        var files = try Scene.schemaFiles()
        files.migrations += [
            Migration(version: 9_000, name: "9000_good", sql: "CREATE TABLE good (id int)"),
            Migration(version: 9_001, name: "9001_bad", sql: "CREATE TABLE half (id int); SELECT nonsense"),
        ]
        let error = try await postgresError { _ = try await scene.store.migrate(files) }
        #expect(error?.sqlState == "42703")
        #expect(try await scene.text("SELECT concat(to_regclass('good'), to_regclass('half'))") == "")
        #expect(try await scene.store.migrationStatus(files).pending.map(\.version) == [9_000, 9_001])

        files.migrations[files.migrations.count - 1] = Migration(
            version: 9_001, name: "9001_bad", sql: "CREATE TABLE half (id int)")
        #expect(try await scene.store.migrate(files).prefix(2) == ["9000_good", "9001_bad"])
        #expect(try await scene.text("SELECT concat(to_regclass('good'), to_regclass('half'))") == "goodhalf")
    }

    @Test func `a changed function is applied again, and only that; one whose file is gone is forgotten`() async throws
    {
        let scene = try await Scene.make()
        var files = try Scene.schemaFiles()
        let gone = files.definitions.removeFirst()
        files.definitions.append(
            SchemaDefinition(
                name: "functions/answer",
                sql: "CREATE OR REPLACE FUNCTION answer() RETURNS int LANGUAGE sql AS 'SELECT 1'"))
        #expect(try await scene.store.migrate(files) == ["functions/answer"])
        files.definitions[files.definitions.count - 1] = SchemaDefinition(
            name: "functions/answer", sql: "CREATE OR REPLACE FUNCTION answer() RETURNS int LANGUAGE sql AS 'SELECT 2'")
        #expect(try await scene.store.migrationStatus(files).changed.map(\.name) == ["functions/answer"])
        #expect(try await scene.store.migrate(files) == ["functions/answer"])
        #expect(try await scene.text("SELECT answer()::text") == "2")
        #expect(try await scene.store.migrationStatus(files).isUpToDate)
        #expect(
            try await scene.number("SELECT count(*) FROM schema_definitions WHERE name = '\(gone.name)'") == 0)
    }

    @Test func `a migration may drop what functions and views stand on: they come back after it`() async throws {
        let scene = try await Scene.make()
        var files = try Scene.schemaFiles()
        files.migrations.append(
            Migration(
                version: 9_000, name: "9000_wider",
                sql: "ALTER TABLE sag_reminder_queue ALTER traceparent TYPE varchar(200)"))
        await #expect(throws: (any Error).self) { try await scene.store.migrate(files) }
        files.migrations[files.migrations.count - 1] = Migration(
            version: 9_000, name: "9000_wider",
            sql: """
                DROP VIEW v_pending_reminder_queue;
                ALTER TABLE sag_reminder_queue ALTER traceparent TYPE varchar(200)
                """)
        _ = try await scene.store.migrate(files)
        #expect(try await scene.number("SELECT count(*) FROM v_pending_reminder_queue") == 0)
        let right = "SELECT has_table_privilege('reminders_api', 'v_pending_reminder_queue', 'SELECT')::text"
        #expect(try await scene.text(right) == "true")
    }

    @Test func `functions that call one another are applied in any order, and are looked at`() async throws {
        let scene = try await Scene.make()
        var files = try Scene.schemaFiles()
        files.definitions += [
            SchemaDefinition(
                name: "functions/a", sql: "CREATE OR REPLACE FUNCTION a() RETURNS int LANGUAGE sql AS 'SELECT b()'"),
            SchemaDefinition(
                name: "functions/b", sql: "CREATE OR REPLACE FUNCTION b() RETURNS int LANGUAGE sql AS 'SELECT 1'"),
        ]
        #expect(try await scene.store.migrate(files) == ["functions/a", "functions/b"])
        files.definitions.append(
            SchemaDefinition(
                name: "functions/c", sql: "CREATE OR REPLACE FUNCTION c() RETURNS int LANGUAGE sql AS 'SELECT nobody()'"
            ))
        let error = try await postgresError { _ = try await scene.store.migrate(files) }
        #expect(error?.sqlState == "42883")
    }

    @Test func `every definition may be applied any number of times`() async throws {
        let scene = try await Scene.make()
        let files = try Scene.schemaFiles()
        let before = try await scene.texts(MigrationTests.everything)
        try await scene.run("UPDATE schema_definitions SET checksum = 'another'")
        #expect(try await scene.store.migrate(files) == files.definitions.map(\.name))
        #expect(try await scene.texts(MigrationTests.everything) == before)
    }

    @Test func `a database of before the baseline is refused with what to do, and stays as it is`() async throws {
        let scene = try await Scene.empty()
        try await scene.run(
            """
            CREATE TABLE schema_migrations (version integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,
                applied_at timestamptz NOT NULL DEFAULT now());
            INSERT INTO schema_migrations VALUES (1, '0001_people', 'abc'), (2, '0002_cases', 'def');
            CREATE TABLE users (id text PRIMARY KEY)
            """)
        let files = try Scene.schemaFiles()
        let refused = MigrationError.beforeBaseline(name: "0001_people")
        await #expect(throws: refused) { try await scene.store.migrate(files) }
        await #expect(throws: refused) { try await scene.store.migrationStatus(files) }
        let document = try String(
            contentsOf: Repository.root.appendingPathComponent("docs/database.md"), encoding: .utf8)
        #expect(document.contains("## From before the baseline"))
        #expect(
            try await scene.texts("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
                == ["schema_migrations", "users"])
    }

    @Test func `a program tells whether the schema is its own, older, newer or another`() async throws {
        let scene = try await Scene.make()
        let store = try scene.store(as: .sender)
        let files = try Scene.schemaFiles()
        let check = SchemaCheck(files: files)
        let bare = SchemaCheck(files: nil)
        #expect(SchemaFiles.newestMigration == files.migrations.last?.version)
        #expect(try await check.compare(store) == .fits)
        #expect(try await bare.compare(store) == .fits)
        #expect(try await check.compare(store).trouble == nil)

        var newer = files
        newer.migrations.append(Migration(version: 9_000, name: "9000_future", sql: "CREATE TABLE future (id int)"))
        guard case .older(let lacks) = try await SchemaCheck(files: newer).compare(store) else {
            Issue.record("not older")
            return
        }
        #expect(lacks == "the database lacks migration 9000_future: run `reminders migrate`")
        newer.migrations.removeLast()
        newer.definitions.append(SchemaDefinition(name: "functions/answer", sql: "SELECT 1"))
        #expect(
            try await SchemaCheck(files: newer).compare(store)
                == .older("the database lacks functions/answer: run `reminders migrate`"))

        try await scene.run("UPDATE schema_definitions SET checksum = 'x' WHERE name = 'views/reminders'")
        guard case .differs(let other) = try await check.compare(store) else {
            Issue.record("not another")
            return
        }
        #expect(other.hasPrefix("views/reminders is not as this program has it"))
        try await scene.run(
            "UPDATE schema_definitions SET name = 'views/of_tomorrow' WHERE name = 'views/reminders'")
        guard case .newer = try await check.compare(store) else {
            Issue.record("not newer")
            return
        }
        try await scene.run("INSERT INTO schema_migrations VALUES (9000, '9000_future', 'x')")
        for check in [check, bare] {
            guard case .newer(let reason) = try await check.compare(store) else {
                Issue.record("not newer")
                return
            }
            #expect(reason.contains("the database is at migration 9000"))
        }
        try await scene.run("DELETE FROM schema_migrations")
        guard case .older = try await bare.compare(store) else {
            Issue.record("not older")
            return
        }
    }

    /// Functions, triggers and views with their texts and rights.
    private static let everything = """
        SELECT CASE prokind WHEN 'a' THEN proname ELSE pg_get_functiondef(oid) END || coalesce(proacl::text, '') FROM pg_proc
        WHERE pronamespace IN ('public'::regnamespace, 'reporting'::regnamespace)
        UNION ALL
        SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL
        SELECT relname || pg_get_viewdef(oid) || coalesce(relacl::text, '') FROM pg_class
        WHERE relkind = 'v' AND relnamespace IN ('public'::regnamespace, 'reporting'::regnamespace)
        ORDER BY 1
        """
}
