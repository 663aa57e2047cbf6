import Foundation
import RemindersGround
import RemindersPostgres

/// A change of tables as its file `migrations/NNNN_name.sql` has it: applied once, and frozen from then on.
public struct Migration: Hashable, Sendable {
    /// The number its name begins with.
    public let version: Int32
    /// The file's name without the ending, for instance `0001_baseline`.
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

/// A function with its triggers, or a view, as its file in `migrations/functions` or `migrations/views` has it: applied
/// again whenever the file changes.
public struct SchemaDefinition: Hashable, Sendable {
    /// Folder and name of the file without the ending, for instance `functions/is_time_zone`.
    public let name: String
    /// The statements, which may be run any number of times.
    public let sql: String

    /// A definition with these parts.
    public init(name: String, sql: String) {
        self.name = name
        self.sql = sql
    }

    /// Tables need it: it is applied before the migrations, and must not need a table itself.
    public var isBeforeMigrations: Bool { sql.hasPrefix("-- Applied before the migrations") }
}

/// Why a folder of migrations can't be used.
public struct SchemaFilesError: Error, CustomStringConvertible {
    /// The file or folder, and what is wrong with it.
    public let description: String
}

/// Everything that makes up the schema: the folder `migrations`.
public struct SchemaFiles: Hashable, Sendable {
    /// In the order of their numbers.
    public var migrations: [Migration]
    /// Functions, and then views, in the order of their names.
    public var definitions: [SchemaDefinition]

    /// A schema of these files.
    public init(migrations: [Migration], definitions: [SchemaDefinition] = []) {
        self.migrations = migrations
        self.definitions = definitions
    }

    /// Reads the files of `folder`.
    ///
    /// - Throws: `SchemaFilesError` for a name that is no migration's, two with one number, or a folder without any;
    ///   the error of the file system otherwise.
    public static func read(from folder: String) throws -> SchemaFiles {
        let migrations = try texts(in: folder).map { name, sql in
            guard let version = Int32(name.prefix { $0 != "_" }), version > 0 else {
                throw SchemaFilesError(
                    description: "\(folder)/\(name).sql: the name must be a number, an underscore and a word")
            }
            return Migration(version: version, name: name, sql: sql)
        }
        guard !migrations.isEmpty else { throw SchemaFilesError(description: "\(folder) holds no migrations (*.sql)") }
        guard Set(migrations.map(\.version)).count == migrations.count else {
            throw SchemaFilesError(description: "\(folder): two migrations have the same number")
        }
        let definitions = try ["functions", "views"].flatMap { kind in
            try texts(in: "\(folder)/\(kind)").map { SchemaDefinition(name: "\(kind)/\($0)", sql: $1) }
        }
        return SchemaFiles(migrations: migrations.sorted { $0.version < $1.version }, definitions: definitions)
    }

    /// The SQL files of a folder by name, without the ending.
    private static func texts(in folder: String) throws -> [(name: String, sql: String)] {
        try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".sql") }.sorted().map {
            file in
            (String(file.dropLast(4)), try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8))
        }
    }
}

// MARK: - Against a database

/// How the schema of the database stands to a program.
public enum SchemaFit: Hashable, Sendable {
    /// It is the one the program was made for.
    case fits
    /// It is older, and why.
    case older(String)
    /// It is newer, and why.
    case newer(String)
    /// It is another, and why.
    case differs(String)

    /// What is wrong, and what helps; nil when nothing is.
    public var trouble: String? {
        switch self {
        case .fits: nil
        case .older(let reason), .newer(let reason), .differs(let reason): reason
        }
    }
}

/// Compares the schema of a database with the one that a program was made for.
///
/// Where the folder `migrations` is at hand, as it is where `reminders migrate` finds it, functions and views are
/// compared too; without it only the number of the newest migration is.
public final class SchemaCheck: Sendable {
    private let files: SchemaFiles?
    private let checksums = Locked<[String: String]?>(nil)

    /// - Parameter files: what the program comes with; nil when the folder was not found.
    public init(files: SchemaFiles?) {
        self.files = files
    }

    /// Asks the database what it was made from.
    ///
    /// - Throws: the database's error.
    public func compare(_ store: ReminderStore) async throws -> SchemaFit {
        try await store.pool.withSession { session in
            let applied = try await AppliedSchema(in: session)
            guard let files else { return SchemaFit(applied, newestKnown: SchemaFiles.newestMigration) }
            let known = checksums.withLock { $0 }
            let checksums = if let known { known } else { try await files.checksums(in: session) }
            self.checksums.withLock { $0 = checksums }
            return SchemaFit(applied, of: files, checksums: checksums)
        }
    }
}

extension SchemaFit {
    /// - Parameter checksums: of the files, by name.
    init(_ applied: AppliedSchema, of files: SchemaFiles, checksums: [String: String]) {
        let status: MigrationStatus
        do {
            status = try files.compared(with: applied, checksums: checksums)
        } catch {
            if case .databaseIsNewer = error {
                self = .newer(error.description)
            } else {
                self = .differs(error.description)
            }
            return
        }
        let names = Set(files.definitions.map(\.name))
        if let missing = status.pending.first {
            self = .older("the database lacks migration \(missing.name): run `reminders migrate`")
        } else if let unknown = applied.definitions.keys.filter({ !names.contains($0) }).min() {
            self = .newer(
                "the database has \(unknown), which this program does not know: use the program's newer version")
        } else if let changed = status.changed.first {
            self =
                applied.definitions[changed.name] == nil
                ? .older("the database lacks \(changed.name): run `reminders migrate`")
                : .differs(
                    "\(changed.name) is not as this program has it: run `reminders migrate` of the newest version")
        } else {
            self = .fits
        }
    }

    /// By the number of the newest migration alone.
    init(_ applied: AppliedSchema, newestKnown: Int32) {
        let newest = applied.migrations.last?.version ?? 0
        self =
            if newest < newestKnown {
                .older(
                    "the database is at migration \(newest), this program needs \(newestKnown): run `reminders migrate`"
                )
            } else if newest > newestKnown {
                .newer(MigrationError.databaseIsNewer(version: newest, newestKnown: newestKnown).description)
            } else {
                .fits
            }
    }
}

extension SchemaFiles {
    /// The number of the newest migration that this program knows. A test compares it with the folder.
    static let newestMigration: Int32 = 16

    /// The folder `migrations` that belongs to this program: that of REMINDERS_MIGRATIONS, or the one found upwards of
    /// the program; nil when there is none.
    public static func folder() -> String? {
        if let folder = ProcessInfo.processInfo.environment["REMINDERS_MIGRATIONS"] { return folder }
        var place = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        while place.path != "/" {
            for candidate in ["migrations", "share/reminders/migrations"] {
                let folder = place.appendingPathComponent(candidate).path
                if FileManager.default.fileExists(atPath: folder + "/0001_baseline.sql") { return folder }
            }
            place.deleteLastPathComponent()
        }
        return nil
    }
}
