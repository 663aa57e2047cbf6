import ArgumentParser
import Foundation
import RemindersStore

/// `reminders migrate`
struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Brings the database's schema up to date.",
        subcommands: [Apply.self, Status.self], defaultSubcommand: Apply.self)

    struct Apply: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Applies what is missing or has changed. The default.",
            discussion: "All of it in one transaction: when something fails nothing has changed.")
        @OptionGroup var source: MigrationSource

        func run() async throws {
            let files = try source.read()
            let (applied, locksAreGuarded) = try await Connecting.withStore {
                (try await $0.migrate(files), try await $0.guardAdvisoryLocks())
            }
            for name in applied { note("applied \(name)") }
            note(
                applied.isEmpty ? "the database is up to date" : "\(applied.count) applied, the database is up to date")
            if !locksAreGuarded {
                note(
                    "warning: logins of reminders_reporting may take advisory locks, and stop services with them: once, run "
                        + "this, or SELECT guard_advisory_locks(), as a superuser")
            }
        }
    }

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Says which migrations the database has.",
            discussion: "Exits with 1 when something is missing or has changed, with --exit-code.")
        @OptionGroup var source: MigrationSource
        @Flag(help: "Print JSON.") var json = false
        @Flag(help: "Exit with 1 when something is missing or has changed.") var exitCode = false

        func run() async throws {
            let files = try source.read()
            let status = try await Connecting.withStore { try await $0.migrationStatus(files) }
            if json {
                let report = Report(
                    applied: status.applied.map {
                        .init(
                            version: $0.version, name: $0.name, checksum: $0.checksum, appliedAt: $0.appliedAt.rfc3339)
                    },
                    pending: status.pending.map(\.name), changed: status.changed.map(\.name),
                    upToDate: status.isUpToDate)
                print(try JSONText.of(report))
            } else {
                for migration in status.applied { print("applied  \(migration.name)  \(migration.appliedAt.rfc3339)") }
                for migration in status.pending { print("missing  \(migration.name)") }
                for definition in status.changed { print("changed  \(definition.name)") }
            }
            if exitCode, !status.isUpToDate { throw ExitCode(1) }
        }

        private struct Report: Encodable {
            struct Applied: Encodable {
                let version: Int32
                let name: String
                let checksum: String
                let appliedAt: String
            }

            let applied: [Applied]
            let pending: [String]
            let changed: [String]
            let upToDate: Bool
        }
    }
}

/// Where the migrations are.
struct MigrationSource: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The folder with the migrations.",
            discussion: "By default REMINDERS_MIGRATIONS, or the folder migrations found upwards of the program."))
    var directory: String?

    /// All migrations, functions and views.
    func read() throws -> SchemaFiles {
        try SchemaFiles.read(from: folder())
    }

    private func folder() throws -> String {
        if let folder = directory ?? SchemaFiles.folder() { return folder }
        throw ValidationError("no folder migrations was found upwards of the program: name it with --directory")
    }
}

/// JSON for people and scripts.
enum JSONText {
    static func of(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
