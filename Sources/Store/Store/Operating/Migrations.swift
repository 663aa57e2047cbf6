import RemindersDomain
import RemindersPostgres

/// `schema_migrations` and `schema_definitions`: which files a database was made from.
extension SQL {
    static let createSchemaTables = """
        CREATE TABLE IF NOT EXISTS schema_migrations (
            version integer PRIMARY KEY,
            name text NOT NULL,
            checksum text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now()
        );
        CREATE TABLE IF NOT EXISTS schema_definitions (
            name text PRIMARY KEY,
            checksum text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now()
        )
        """

    static let hasTable = Statement<String>("hasTable", "SELECT to_regclass($1) IS NOT NULL AS is_there")

    static let hasFunction = Statement<String>("hasFunction", "SELECT to_regproc($1) IS NOT NULL AS is_there")

    static let lockMigrations = PlainStatement("lockMigrations", "SELECT pg_advisory_lock(1380273486)")
    static let unlockMigrations = PlainStatement("unlockMigrations", "SELECT pg_advisory_unlock(1380273486)")

    static let appliedMigrations = PlainStatement(
        "appliedMigrations", "SELECT version, name, checksum, applied_at FROM schema_migrations ORDER BY version")

    static let appliedDefinitions = PlainStatement(
        "appliedDefinitions", "SELECT name, checksum FROM schema_definitions ORDER BY name")

    static let checksums = Statement<[String]>(
        "checksums",
        """
        SELECT encode(sha256(convert_to(script, 'UTF8')), 'hex') AS checksum
        FROM unnest($1::text[]) WITH ORDINALITY AS files (script, number) ORDER BY number
        """)

    static let recordMigration = Statement<Int32, String, String>(
        "recordMigration",
        "INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)")

    static let recordDefinitions = Statement<[String], [String]>(
        "recordDefinitions",
        """
        INSERT INTO schema_definitions (name, checksum)
        SELECT * FROM unnest($1::text[], $2::text[])
        ON CONFLICT (name) DO UPDATE SET checksum = excluded.checksum, applied_at = now()
        """)

    static let forgetDefinitionsButThese = Statement<[String]>(
        "forgetDefinitionsButThese", "DELETE FROM schema_definitions WHERE name <> ALL ($1)")

    static let guardAdvisoryLocks = PlainStatement(
        "guardAdvisoryLocks", "SELECT guard_advisory_locks() AS is_guarded")

    static let migrations: [any AnyStatement] = [
        hasTable, hasFunction, lockMigrations, unlockMigrations, appliedMigrations, appliedDefinitions, checksums,
        recordMigration,
        recordDefinitions, forgetDefinitionsButThese, guardAdvisoryLocks,
    ]
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
public enum MigrationError: Error, Hashable, CustomStringConvertible {
    /// The database has migrations of the time before the baseline.
    case beforeBaseline(name: String)
    /// The database was migrated by a newer version of the program.
    case databaseIsNewer(version: Int32, newestKnown: Int32)
    /// A migration that was applied reads differently now.
    case changedAfterwards(name: String)
    /// A migration is missing in the database although a later one is there.
    case leftOut(name: String)

    /// What is wrong, and what helps.
    public var description: String {
        switch self {
        case .beforeBaseline(let name):
            """
            the database was made before there was a first version (by migration \(name)), and its tables can't be \
            brought up to date: migrate an empty database, and copy what is to be kept; docs/database.md says how \
            (“From before the baseline”)
            """
        case .databaseIsNewer(let version, let newest):
            "the database is at migration \(version), this program knows \(newest): use the program's newer version"
        case .changedAfterwards(let name):
            "migration \(name) was changed after this database applied it: restore its file, and put the change into a new one"
        case .leftOut(let name):
            "migration \(name) was never applied, but a later one was: give it a number after the last one"
        }
    }
}

/// How a database compares with the files there are.
public struct MigrationStatus: Sendable {
    /// The migrations the database has, oldest first.
    public let applied: [AppliedMigration]
    /// The migrations it still needs, in order.
    public let pending: [Migration]
    /// The functions and views that are to be applied, because they are new or changed, or because migrations are
    /// pending, which may have dropped any of them.
    public let changed: [SchemaDefinition]

    /// Nothing is to be done.
    public var isUpToDate: Bool { pending.isEmpty && changed.isEmpty }
}

extension ReminderStore {
    /// Compares the database with `files`, which are all there are.
    ///
    /// - Throws: `MigrationError` when they do not fit together, or the database's error.
    public func migrationStatus(_ files: SchemaFiles) async throws -> MigrationStatus {
        try await pool.withSession { session in
            let checksums = try await files.checksums(in: session)
            return try files.compared(with: await AppliedSchema(in: session), checksums: checksums)
        }
    }

    /// Brings the database up to date: all of it in one transaction, one process at a time.
    ///
    /// - Parameter files: all there are.
    /// - Returns: the names of what was applied: migrations, and then functions and views.
    /// - Throws: `MigrationError`, or the database's error; then nothing was changed. `55P03` (lock not available) when
    ///   somebody else used a table for ten seconds on end.
    public func migrate(_ files: SchemaFiles) async throws -> [String] {
        try await pool.withSession { session in
            _ = try await session.query(SQL.lockMigrations())
            let checksums = try await files.checksums(in: session)
            let status = try files.compared(with: await AppliedSchema(in: session), checksums: checksums)
            if !status.isUpToDate { try await session.apply(status, of: files, checksums: checksums) }
            // Migrations that are not ours, of a test, have none.
            if try await session.query(SQL.hasFunction("make_partitions_ahead")).readOne({ try $0.bool("is_there") }) {
                _ = try await session.query(SQL.makePartitionsAhead(nil))
                _ = try await session.query(SQL.guardAdvisoryLocks())
            }
            _ = try await session.query(SQL.unlockMigrations())
            return status.pending.map(\.name) + status.changed.map(\.name)
        }
    }
}

extension ReminderStore {
    /// Takes the right to advisory locks from logins that only read (`reminders_reporting`); `migrate` does it too.
    ///
    /// - Returns: whether they have none now. false: it takes a superuser, since the functions are PostgreSQL's.
    public func guardAdvisoryLocks() async throws -> Bool {
        try await pool.query(SQL.guardAdvisoryLocks()).readOne { try $0.bool("is_guarded") }
    }
}

/// What a database was made from.
struct AppliedSchema {
    /// In the order of their numbers.
    var migrations: [AppliedMigration] = []
    /// The checksums of functions and views by name.
    var definitions: [String: String] = [:]
}

extension AppliedSchema {
    init(in session: PostgresSession) async throws {
        if try await session.query(SQL.hasTable("schema_migrations")).readOne({ try $0.bool("is_there") }) {
            migrations = try await session.query(SQL.appliedMigrations()).read(AppliedMigration.init(row:))
        }
        if try await session.query(SQL.hasTable("schema_definitions")).readOne({ try $0.bool("is_there") }) {
            try await session.query(SQL.appliedDefinitions()).forEachRow { row in
                definitions[try row.text("name")] = try row.text("checksum")
            }
        }
    }
}

extension AppliedMigration {
    fileprivate init(row: inout RowReader) throws {
        version = try row.int32("version")
        name = try row.text("name")
        checksum = try row.text("checksum")
        appliedAt = try row.instant("applied_at")
    }
}

extension SchemaFiles {
    /// SHA-256 of each file by its name.
    func checksums(in session: PostgresSession) async throws -> [String: String] {
        let texts = migrations.map(\.sql) + definitions.map(\.sql)
        let names = migrations.map(\.name) + definitions.map(\.name)
        let checksums = try await session.query(SQL.checksums(texts)).read { try $0.text("checksum") }
        return Dictionary(uniqueKeysWithValues: zip(names, checksums))
    }

    /// What a database that was made from `applied` still needs of these files.
    ///
    /// - Parameter checksums: of the files, by name.
    func compared(with applied: AppliedSchema, checksums: [String: String]) throws(MigrationError) -> MigrationStatus {
        if let first = applied.migrations.first, first.version == 1, first.name == "0001_people" {
            throw .beforeBaseline(name: first.name)
        }
        let fileOf = Dictionary(uniqueKeysWithValues: migrations.map { ($0.version, $0) })
        for old in applied.migrations {
            guard let file = fileOf[old.version] else {
                throw .databaseIsNewer(version: old.version, newestKnown: migrations.last?.version ?? 0)
            }
            guard checksums[file.name] == old.checksum else { throw .changedAfterwards(name: old.name) }
        }
        let last = applied.migrations.last?.version ?? 0
        let have = Set(applied.migrations.map(\.version))
        let pending = migrations.filter { !have.contains($0.version) }
        if let left = pending.first(where: { $0.version < last }) { throw .leftOut(name: left.name) }
        return MigrationStatus(
            applied: applied.migrations, pending: pending,
            changed: definitions.filter { !pending.isEmpty || applied.definitions[$0.name] != checksums[$0.name] })
    }
}

extension PostgresSession {
    fileprivate func apply(
        _ status: MigrationStatus, of files: SchemaFiles, checksums: [String: String]
    ) async throws {
        try await execute(script: "BEGIN")
        // Whoever waits for a table's lock makes all who use the table wait too.
        try await execute(script: "SET LOCAL lock_timeout = '10s'")
        try await execute(script: SQL.createSchemaTables)
        try await define(status.changed.filter(\.isBeforeMigrations))
        for migration in status.pending {
            try await execute(script: migration.sql)
            _ = try await query(
                SQL.recordMigration(migration.version, migration.name, checksums[migration.name] ?? ""))
        }
        try await define(status.changed.filter { !$0.isBeforeMigrations })
        _ = try await query(
            SQL.recordDefinitions(status.changed.map(\.name), status.changed.map { checksums[$0.name] ?? "" }))
        _ = try await query(SQL.forgetDefinitionsButThese(files.definitions.map(\.name)))
        try await execute(script: "COMMIT")
    }

    /// Functions may call one another in any order, so they are made without a look at what they call; then again with
    /// one.
    private func define(_ definitions: [SchemaDefinition]) async throws {
        for checks in ["off", "on"] {
            try await execute(script: "SET LOCAL check_function_bodies = \(checks)")
            for definition in definitions { try await execute(script: definition.sql) }
        }
    }
}
