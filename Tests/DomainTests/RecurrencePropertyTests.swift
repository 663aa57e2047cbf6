import Foundation
import RemindersDomain
import SeededRandom
import Testing

/// Thousands of random rules, zones and ranges, new ones in every run; the seed is printed. TEST_SEED repeats a run.
@Suite("Recurrences against python-dateutil, live", .enabled(if: RecurrenceOracle.isThere))
struct RecurrencePropertyTests {
    static let count = 3_000

    @Test("random rules fire in random ranges when python-dateutil says")
    func randomRules() async throws {
        let asked = ProcessInfo.processInfo.environment["TEST_SEED"].flatMap { UInt64($0) }
        let seed = asked ?? .random(in: 0...999_999_999)
        print("recurrences: TEST_SEED=\(seed)")
        var dice = SeededGenerator(seed: seed)
        let questions = try (0..<Self.count).map { _ in try RandomRecurrence(using: &dice) }
        let answers = try await RecurrenceOracle.ask(questions)
        try #require(answers.count == questions.count)
        for (question, expected) in zip(questions, answers) {
            // Tests that wait for servers run beside this one.
            await Task.yield()
            let schedule = try RecurrenceSchedule(
                anchor: question.anchor, zone: question.zone, recurrence: question.recurrence,
                exclusions: question.exclusions.map { .local($0) }, monthEnd: question.monthEnd)
            let found = schedule.occurrences(after: question.after, limit: expected.count + 1)
                .map(\.at).filter { $0 <= question.before }.map(\.rfc3339)
            let difference = Set(found).symmetricDifference(expected).min() ?? "the order"
            let line = try question.json()
            #expect(found == expected, "seed \(seed), first at \(difference): \(line)")
        }
        // Most questions have an answer, or they would say little.
        #expect(answers.count { !$0.isEmpty } > Self.count / 2)
    }
}

/// python-dateutil, asked once with all questions: see Fixtures/recurrence_oracle.py.
enum RecurrenceOracle {
    private static let interpreter = "/usr/bin/python3"

    /// Whether Debian's python3-dateutil is installed, which `./test` sees to.
    static let isThere = FileManager.default.fileExists(atPath: "/usr/lib/python3/dist-packages/dateutil/rrule.py")

    static func ask(_ questions: [RandomRecurrence]) async throws -> [[String]] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "recurrences-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let input = folder.appending(path: "questions")
        let output = folder.appending(path: "answers")
        try Data(questions.map { try $0.json() + "\n" }.joined().utf8).write(to: input)
        try Data().write(to: output)

        let process = Process()
        process.executableURL = URL(fileURLWithPath: interpreter)
        process.arguments = ["-B", Fixture.folder.appending(path: "recurrence_oracle.py").path]
        process.standardInput = try FileHandle(forReadingFrom: input)
        process.standardOutput = try FileHandle(forWritingTo: output)
        try await withCheckedThrowingContinuation { (end: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in end.resume() }
            do { try process.run() } catch { end.resume(throwing: error) }
        }
        try #require(process.terminationStatus == 0)
        return try Data(contentsOf: output).split(separator: UInt8(ascii: "\n"))
            .map { try JSONDecoder().decode([String].self, from: $0) }
    }
}

extension RandomRecurrence {
    /// The question in one line, which recurrence_oracle.py answers by hand, too.
    func json() throws -> String {
        let fields = Question(
            rule: rule, anchor: anchor.iso8601, zone: zone.identifier, after: after.rfc3339, before: before.rfc3339,
            exclusions: exclusions.map(\.iso8601))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try String(decoding: encoder.encode(fields), as: UTF8.self)
    }

    private struct Question: Encodable {
        let rule, anchor, zone, after, before: String
        let exclusions: [String]
    }
}
