import ArgumentParser
import Foundation
import RemindersStore

/// `reminders migrate`
struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Brings the database's schema up to date.",
        subcommands: [Apply.self, Status.self], defaultSubcommand: Apply.self)

    struct Apply: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Applies what is missing. The default.")
        @OptionGroup var source: MigrationSource

        func run() async throws {
            let migrations = try source.read()
            let count = try await Connecting.withStore { store in
                try await store.migrate(migrations) { note("applied \($0.name)") }
            }
            note(count == 0 ? "the database is up to date" : "\(count) applied, the database is up to date")
        }
    }

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Says which migrations the database has.",
            discussion: "Exits with 1 when some are missing, with --exit-code.")
        @OptionGroup var source: MigrationSource
        @Flag(help: "Print JSON.") var json = false
        @Flag(help: "Exit with 1 when migrations are missing.") var exitCode = false

        func run() async throws {
            let migrations = try source.read()
            let status = try await Connecting.withStore { try await $0.migrationStatus(migrations) }
            if json {
                let report = Report(
                    applied: status.applied.map {
                        .init(
                            version: $0.version, name: $0.name, checksum: $0.checksum, appliedAt: $0.appliedAt.rfc3339)
                    },
                    pending: status.pending.map(\.name), upToDate: status.pending.isEmpty)
                print(try JSONText.of(report))
            } else {
                for migration in status.applied { print("applied  \(migration.name)  \(migration.appliedAt.rfc3339)") }
                for migration in status.pending { print("missing  \(migration.name)") }
            }
            if exitCode, !status.pending.isEmpty { throw ExitCode(1) }
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

    /// All migrations, in the order of their numbers.
    func read() throws -> [Migration] {
        let folder = try folder()
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".sql") }.sorted()
        let migrations = try names.map { file in
            let name = String(file.dropLast(4))
            guard let version = Int32(name.prefix { $0 != "_" }), version > 0 else {
                throw ValidationError("\(folder)/\(file): the name must be a number, an underscore and a word")
            }
            return Migration(
                version: version, name: name, sql: try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8))
        }
        guard !migrations.isEmpty else { throw ValidationError("\(folder) holds no migrations (*.sql)") }
        guard Set(migrations.map(\.version)).count == migrations.count else {
            throw ValidationError("\(folder): two migrations have the same number")
        }
        return migrations.sorted { $0.version < $1.version }
    }

    private func folder() throws -> String {
        if let folder = directory ?? ProcessInfo.processInfo.environment["REMINDERS_MIGRATIONS"] { return folder }
        var place = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        while place.path != "/" {
            for candidate in ["migrations", "share/reminders/migrations"] {
                let folder = place.appendingPathComponent(candidate).path
                if FileManager.default.fileExists(atPath: folder + "/0001_people.sql") { return folder }
            }
            place.deleteLastPathComponent()
        }
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
