import Foundation
import RemindersGround
import RemindersPostgres

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
    static let newestMigration: Int32 = 1

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
