import Foundation

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
