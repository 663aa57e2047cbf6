import Foundation
import TestSupport
import Testing

/// `scripts/check-migrations`, on copies of the folder.
@Suite struct FrozenMigrationsTests {
    @Test func `migrations that are as they were recorded pass`() async throws {
        try await check(Repository.root.appendingPathComponent("migrations"))
    }

    @Test func `an edited, an unrecorded and a missing migration are each caught by name`() async throws {
        let folder = Scratch.path("migrations")
        try FileManager.default.copyItem(at: Repository.root.appendingPathComponent("migrations"), to: folder)
        let baseline = folder.appendingPathComponent("0001_baseline.sql")
        let text = try String(contentsOf: baseline, encoding: .utf8)

        try (text + "\n").write(to: baseline, atomically: true, encoding: .utf8)
        var failure = await #expect(throws: CommandFailed.self) { try await check(folder) }
        #expect(failure?.output.contains("migrations/0001_baseline.sql was changed") == true)

        try text.write(to: baseline, atomically: true, encoding: .utf8)
        let next = folder.appendingPathComponent("0999_next.sql")
        try "SELECT 1;\n".write(to: next, atomically: true, encoding: .utf8)
        failure = await #expect(throws: CommandFailed.self) { try await check(folder) }
        #expect(failure?.output.contains("migrations/0999_next.sql has no line") == true)

        try await check(folder, "--record")
        try await check(folder)
        try FileManager.default.removeItem(at: next)
        failure = await #expect(throws: CommandFailed.self) { try await check(folder) }
        #expect(failure?.output.contains("migrations/0999_next.sql is gone") == true)
    }

    private func check(_ folder: URL, _ arguments: String...) async throws {
        try await Command.run(
            Repository.root.appendingPathComponent("scripts/check-migrations").path, arguments,
            environment: ["MIGRATIONS": folder.path])
    }
}
