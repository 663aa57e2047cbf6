import Testing

@testable import RemindersStore

@Suite struct PendingMigrationsTests {
    @Test func `an empty database needs everything, in order`() throws {
        let status = try compare(applied: [], files: files(1, 2, 3), definitions: ["functions/f", "views/v"])
        #expect(status.pending.map(\.name) == ["0001", "0002", "0003"])
        #expect(status.changed.map(\.name) == ["functions/f", "views/v"])
        #expect(!status.isUpToDate)
    }

    @Test func `an up-to-date database needs nothing`() throws {
        let status = try compare(
            applied: applied(1, 2, 3), files: files(1, 2, 3), definitions: ["functions/f"], defined: ["functions/f"])
        #expect(status.pending.isEmpty && status.changed.isEmpty && status.isUpToDate)
    }

    @Test func `what came after the last one is needed, gaps in the numbers are not`() throws {
        #expect(try pending(applied: applied(1, 4), files: files(1, 4, 9, 12)) == ["0009", "0012"])
    }

    @Test func `without any migrations an empty database is up to date`() throws {
        #expect(try pending(applied: [], files: []).isEmpty)
    }

    @Test func `a function or view that is new or changed is applied again, the others are not`() throws {
        let status = try compare(
            applied: applied(1), files: files(1), definitions: ["functions/a", "functions/b", "views/c"],
            defined: ["functions/a", "functions/gone"], changed: ["functions/a"])
        #expect(status.changed.map(\.name) == ["functions/a", "functions/b", "views/c"])
        let rest = try compare(
            applied: applied(1), files: files(1), definitions: ["functions/a", "functions/b", "views/c"],
            defined: ["functions/a", "functions/b"])
        #expect(rest.changed.map(\.name) == ["views/c"])
    }

    @Test func `with a migration all functions and views are applied again, as it may have dropped any`() throws {
        let status = try compare(
            applied: applied(1), files: files(1, 2), definitions: ["functions/f"], defined: ["functions/f"])
        #expect(status.pending.map(\.name) == ["0002"])
        #expect(status.changed.map(\.name) == ["functions/f"])
    }

    @Test func `a database of a newer program is refused, whatever else is wrong with it`() throws {
        let error = #expect(throws: MigrationError.self) {
            try pending(applied: applied(1, 2, 7), files: files(1, 2, 3))
        }
        #expect(error == .databaseIsNewer(version: 7, newestKnown: 3))
        #expect(error?.description.contains("use the program's newer version") == true)
    }

    @Test func `a database with migrations is newer than a program with none`() {
        #expect(throws: MigrationError.self) { try pending(applied: applied(1), files: []) }
    }

    @Test func `a file that was changed after it was applied is refused by name`() throws {
        var changed = files(1, 2)
        changed[1] = Migration(version: 2, name: "0002", sql: "SELECT 'something else'")
        let error = #expect(throws: MigrationError.self) { try pending(applied: applied(1, 2), files: changed) }
        #expect(error == .changedAfterwards(name: "0002"))
        #expect(error?.description.contains("restore its file") == true)
    }

    @Test func `a changed file that was not applied yet is simply applied`() throws {
        var changed = files(1, 2)
        changed[1] = Migration(version: 2, name: "0002", sql: "SELECT 'something else'")
        #expect(try pending(applied: applied(1), files: changed) == ["0002"])
    }

    @Test func `a file that was left out between applied ones is refused by name`() throws {
        let error = #expect(throws: MigrationError.self) {
            try pending(applied: applied(1, 3), files: files(1, 2, 3, 4))
        }
        #expect(error == .leftOut(name: "0002"))
        #expect(error?.description.contains("give it a number after the last one") == true)
    }

    @Test func `a database of before the baseline is refused with what to do, whatever its first file reads`() throws {
        var old = applied(1, 2, 3)
        old[0] = AppliedMigration(version: 1, name: "0001_people", checksum: "", appliedAt: old[0].appliedAt)
        let error = #expect(throws: MigrationError.self) { try pending(applied: old, files: files(1, 2)) }
        #expect(error == .beforeBaseline(name: "0001_people"))
        #expect(error?.description.contains("migrate an empty database") == true)
    }

    // MARK: -

    private func files(_ versions: Int32...) -> [Migration] {
        versions.map { Migration(version: $0, name: "000\($0)".suffixed, sql: "SELECT \($0)") }
    }

    private func applied(_ versions: Int32...) -> [AppliedMigration] {
        versions.map {
            AppliedMigration(
                version: $0, name: "000\($0)".suffixed, checksum: "SELECT \($0)", appliedAt: .init(microseconds: 0))
        }
    }

    /// The names of what is pending.
    private func pending(applied: [AppliedMigration], files: [Migration]) throws -> [String] {
        try compare(applied: applied, files: files).pending.map(\.name)
    }

    /// Here a file's text is its own checksum, and a definition's text its name.
    private func compare(
        applied: [AppliedMigration], files migrations: [Migration], definitions: [String] = [],
        defined: [String] = [], changed: Set<String> = []
    ) throws -> MigrationStatus {
        let files = SchemaFiles(
            migrations: migrations, definitions: definitions.map { SchemaDefinition(name: $0, sql: $0) })
        let had = AppliedSchema(
            migrations: applied,
            definitions: Dictionary(
                uniqueKeysWithValues: defined.map { ($0, changed.contains($0) ? "as it was before" : $0) }))
        let texts = migrations.map { ($0.name, $0.sql) } + definitions.map { ($0, $0) }
        return try files.compared(with: had, checksums: Dictionary(uniqueKeysWithValues: texts))
    }
}

extension String {
    fileprivate var suffixed: String { String(suffix(4)) }
}
