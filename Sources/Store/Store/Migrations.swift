import RemindersDomain
import RemindersPostgres

/// `schema_migrations`: which migrations a database has.
extension SQL {
    static let createMigrationsTable = """
        CREATE TABLE IF NOT EXISTS schema_migrations (
            version integer PRIMARY KEY,
            name text NOT NULL,
            checksum text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now()
        )
        """

    static let hasMigrationsTable = Statement(
        "hasMigrationsTable", "SELECT to_regclass('schema_migrations') IS NOT NULL")

    static let lockMigrations = Statement("lockMigrations", "SELECT pg_advisory_lock(1380273486)")
    static let unlockMigrations = Statement("unlockMigrations", "SELECT pg_advisory_unlock(1380273486)")

    static let appliedMigrations = Statement(
        "appliedMigrations", "SELECT version, name, checksum, applied_at FROM schema_migrations ORDER BY version")

    static let checksums = Statement(
        "checksums",
        """
        SELECT encode(sha256(convert_to(script, 'UTF8')), 'hex')
        FROM unnest($1::text[]) WITH ORDINALITY AS files (script, number) ORDER BY number
        """)

    static let recordMigration = Statement(
        "recordMigration",
        "INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)")

    static let migrations = [
        hasMigrationsTable, lockMigrations, unlockMigrations, appliedMigrations, checksums, recordMigration,
    ]
}

/// A migration as its file has it.
public struct Migration: Hashable, Sendable {
    /// The number its name begins with.
    public let version: Int32
    /// The file's name without the ending, for instance `0001_people`.
    public let name: String
    /// The statements.
    public let sql: String

    /// A migration with these parts.
    public init(version: Int32, name: String, sql: String) {
        self.version = version
        self.name = name
        self.sql = sql
    }
}

/// A migration as a database has it.
public struct AppliedMigration: Sendable {
    /// Its number.
    public let version: Int32
    /// Its name.
    public let name: String
    /// SHA-256 of the file it was made from.
    public let checksum: String
    /// When.
    public let appliedAt: Instant
}

/// Why a database cannot be migrated.
public enum MigrationError: Error, CustomStringConvertible {
    /// The database was migrated by a newer version of the program.
    case databaseIsNewer(version: Int32, newestKnown: Int32)
    /// A migration that was applied reads differently now.
    case changedAfterwards(name: String)
    /// A migration is missing in the database although a later one is there.
    case leftOut(name: String)

    /// What is wrong, and what helps.
    public var description: String {
        switch self {
        case .databaseIsNewer(let version, let newest):
            "the database is at migration \(version), this program knows \(newest): use the program's newer version"
        case .changedAfterwards(let name):
            "migration \(name) was changed after this database applied it: restore its file, and put the change into a new one"
        case .leftOut(let name):
            "migration \(name) was never applied, but a later one was: give it a number after the last one"
        }
    }
}

/// How a database compares with the migrations there are.
public struct MigrationStatus: Sendable {
    /// What the database has, oldest first.
    public let applied: [AppliedMigration]
    /// What it still needs, in order.
    public let pending: [Migration]
}

extension ReminderStore {
    /// Compares the database with `migrations`, which are all there are, in the order of their numbers.
    ///
    /// - Throws: `MigrationError` when they do not fit together, or the database's error.
    public func migrationStatus(_ migrations: [Migration]) async throws -> MigrationStatus {
        let hasTable = try await pool.query(SQL.hasMigrationsTable()).first?.bool(0) == true
        let applied = try hasTable ? await pool.query(SQL.appliedMigrations()).map(AppliedMigration.init) : []
        let checksums = try await pool.query(SQL.checksums(.textArray(migrations.map(\.sql)))).map { try $0.text(0) }
        let pending = try ReminderStore.pending(after: applied, of: migrations, checksums: checksums)
        return MigrationStatus(applied: applied, pending: pending)
    }

    /// Applies what is missing, each migration in a transaction of its own, one process at a time.
    ///
    /// - Parameters:
    ///   - migrations: all there are, in the order of their numbers.
    ///   - progress: called after each that was applied.
    /// - Returns: how many were applied.
    /// - Throws: `MigrationError`, or the database's error.
    public func migrate(_ migrations: [Migration], progress: @Sendable (Migration) -> Void) async throws -> Int {
        try await pool.withSession { session in
            _ = try await session.query(SQL.lockMigrations())
            try await session.execute(script: SQL.createMigrationsTable)
            let applied = try await session.query(SQL.appliedMigrations()).map(AppliedMigration.init)
            let checksums = try await session.query(SQL.checksums(.textArray(migrations.map(\.sql)))).map {
                try $0.text(0)
            }
            let pending = try ReminderStore.pending(after: applied, of: migrations, checksums: checksums)
            let checksumOf = Dictionary(uniqueKeysWithValues: zip(migrations.map(\.version), checksums))
            for migration in pending {
                try await session.execute(script: "BEGIN;\n\(migration.sql)")
                _ = try await session.query(
                    SQL.recordMigration(
                        .int4(migration.version), .text(migration.name), .text(checksumOf[migration.version] ?? "")))
                try await session.execute(script: "COMMIT")
                progress(migration)
            }
            _ = try await session.query(SQL.unlockMigrations())
            return pending.count
        }
    }

    /// What a database that has `applied` still needs. `checksums` are those of the files, in their order.
    static func pending(
        after applied: [AppliedMigration], of migrations: [Migration], checksums: [String]
    ) throws(MigrationError) -> [Migration] {
        let newest = migrations.last?.version ?? 0
        let checksumOf = Dictionary(uniqueKeysWithValues: zip(migrations.map(\.version), checksums))
        for old in applied {
            guard let checksum = checksumOf[old.version] else {
                throw MigrationError.databaseIsNewer(version: old.version, newestKnown: newest)
            }
            guard checksum == old.checksum else { throw MigrationError.changedAfterwards(name: old.name) }
        }
        let last = applied.last?.version ?? 0
        let have = Set(applied.map(\.version))
        let pending = migrations.filter { !have.contains($0.version) }
        if let left = pending.first(where: { $0.version < last }) { throw MigrationError.leftOut(name: left.name) }
        return pending
    }
}

extension AppliedMigration {
    fileprivate init(row: Row) throws {
        version = try row.int32(0)
        name = try row.text(1)
        checksum = try row.text(2)
        appliedAt = try row.instant(3)
    }
}
