import Testing

@testable import RemindersStore

@Suite struct PendingMigrationsTests {
    @Test func `an empty database needs everything, in order`() throws {
        #expect(try pending(applied: [], files: files(1, 2, 3)) == ["0001", "0002", "0003"])
    }

    @Test func `an up-to-date database needs nothing`() throws {
        #expect(try pending(applied: applied(1, 2, 3), files: files(1, 2, 3)).isEmpty)
    }

    @Test func `what came after the last one is needed, gaps in the numbers are not`() throws {
        #expect(try pending(applied: applied(1, 4), files: files(1, 4, 9, 12)) == ["0009", "0012"])
    }

    @Test func `without any migrations an empty database is up to date`() throws {
        #expect(try pending(applied: [], files: []).isEmpty)
    }

    @Test func `a database of a newer program is refused, whatever else is wrong with it`() throws {
        let error = #expect(throws: MigrationError.self) {
            try pending(applied: applied(1, 2, 7), files: files(1, 2, 3))
        }
        guard case .databaseIsNewer(version: 7, newestKnown: 3) = try #require(error) else {
            Issue.record("not the error that was due: \(String(describing: error))")
            return
        }
        #expect(error?.description.contains("use the program's newer version") == true)
    }

    @Test func `a database with migrations is newer than a program with none`() {
        #expect(throws: MigrationError.self) { try pending(applied: applied(1), files: []) }
    }

    @Test func `a file that was changed after it was applied is refused by name`() throws {
        var changed = files(1, 2)
        changed[1] = Migration(version: 2, name: "0002", sql: "SELECT 'something else'")
        let error = #expect(throws: MigrationError.self) { try pending(applied: applied(1, 2), files: changed) }
        guard case .changedAfterwards(name: "0002") = try #require(error) else {
            Issue.record("not the error that was due: \(String(describing: error))")
            return
        }
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
        guard case .leftOut(name: "0002") = try #require(error) else {
            Issue.record("not the error that was due: \(String(describing: error))")
            return
        }
        #expect(error?.description.contains("give it a number after the last one") == true)
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

    /// The names of what is pending; here a file's text is its own checksum.
    private func pending(applied: [AppliedMigration], files: [Migration]) throws -> [String] {
        try ReminderStore.pending(after: applied, of: files, checksums: files.map(\.sql)).map(\.name)
    }
}

extension String {
    fileprivate var suffixed: String { String(suffix(4)) }
}
