import RemindersPostgres
import Synchronization
import Testing

@testable import RemindersStore

@Suite struct MigrationTests {
    @Test func `an empty database is told what it needs, and gets it in order`() async throws {
        let scene = try await Scene.empty()
        let migrations = try Scene.migrations()
        #expect(migrations.count >= 6)

        let before = try await scene.store.migrationStatus(migrations)
        #expect(before.applied.isEmpty)
        #expect(before.pending == migrations)

        let applied = Mutex<[String]>([])
        let count = try await scene.store.migrate(migrations) { migration in
            applied.withLock { $0.append(migration.name) }
        }
        #expect(count == migrations.count)
        #expect(applied.withLock { $0 } == migrations.map(\.name))

        let after = try await scene.store.migrationStatus(migrations)
        #expect(after.applied.map(\.name) == migrations.map(\.name))
        #expect(after.pending.isEmpty)
        #expect(after.applied.allSatisfy { $0.checksum.count == 64 })
    }

    @Test func `a second time changes nothing`() async throws {
        let scene = try await Scene.make()
        let before = try await scene.texts("SELECT applied_at::text FROM schema_migrations ORDER BY version")
        #expect(try await scene.store.migrate(try Scene.migrations()) { Issue.record("\($0.name) again") } == 0)
        #expect(try await scene.texts("SELECT applied_at::text FROM schema_migrations ORDER BY version") == before)
    }

    @Test func `two processes at once: each migration is applied once, and both are content`() async throws {
        let scene = try await Scene.empty()
        let migrations = try Scene.migrations()
        let counts = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 { group.addTask { try await scene.store.migrate(migrations) { _ in } } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(counts.sorted() == [0, 0, 0, migrations.count])
    }

    @Test func `a file that was changed afterwards is refused by name, and nothing is applied`() async throws {
        let scene = try await Scene.make()
        var migrations = try Scene.migrations()
        migrations[1] = Migration(version: 2, name: migrations[1].name, sql: migrations[1].sql + "\n-- better")
        migrations.append(Migration(version: 9_000, name: "9000_more", sql: "CREATE TABLE more (id int)"))
        let error = await #expect(throws: MigrationError.self) { try await scene.store.migrate(migrations) { _ in } }
        #expect(error?.description.contains(migrations[1].name) == true)
        #expect(try await scene.text("SELECT to_regclass('more')::text") == nil)
        await #expect(throws: MigrationError.self) { try await scene.store.migrationStatus(migrations) }
    }

    @Test func `a newer database is refused with what to do about it`() async throws {
        let scene = try await Scene.make()
        let migrations = try Scene.migrations()
        let newer = Migration(version: 9_000, name: "9000_future", sql: "CREATE TABLE future (id int)")
        _ = try await scene.store.migrate(migrations + [newer]) { _ in }
        for refuse in [
            { _ = try await scene.store.migrate(migrations) { _ in } },
            { _ = try await scene.store.migrationStatus(migrations) },
        ] {
            let error = await #expect(throws: MigrationError.self) { try await refuse() }
            #expect(
                error?.description
                    == "the database is at migration 9000, this program knows \(migrations.count): use the program's newer version"
            )
        }
    }

    @Test func `a migration that fails leaves nothing behind, and what came before it stays`() async throws {
        let scene = try await Scene.make()
        let migrations =
            try Scene.migrations() + [
                Migration(version: 9_000, name: "9000_good", sql: "CREATE TABLE good (id int)"),
                Migration(version: 9_001, name: "9001_bad", sql: "CREATE TABLE half (id int); SELECT nonsense"),
                Migration(version: 9_002, name: "9002_later", sql: "CREATE TABLE later (id int)"),
            ]
        let error = try await postgresError { _ = try await scene.store.migrate(migrations) { _ in } }
        #expect(error?.sqlState == "42703")
        #expect(try await scene.text("SELECT to_regclass('good')::text") == "good")
        #expect(try await scene.text("SELECT to_regclass('half')::text") == nil)
        #expect(try await scene.text("SELECT to_regclass('later')::text") == nil)
        #expect(try await scene.store.migrationStatus(migrations).pending.map(\.version) == [9_001, 9_002])

        // Nothing is left locked: the corrected one goes in.
        var corrected = migrations
        corrected[migrations.count - 2] = Migration(version: 9_001, name: "9001_bad", sql: "CREATE TABLE half (id int)")
        #expect(try await scene.store.migrate(corrected) { _ in } == 2)
    }
}
