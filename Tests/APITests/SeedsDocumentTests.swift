import Foundation
import TestSupport
import Testing

/// `docs/seeds.md` names the test that shows each feature of the predecessors.
@Suite struct SeedsDocumentTests {
    @Test func `every test that it names is there`() throws {
        let document = try String(
            contentsOf: Repository.root.appendingPathComponent("docs/seeds.md"), encoding: .utf8)
        let tests = try Self.source(of: "Tests")
        let titles = document.matches(of: /“([^”]+)”/).map { String($0.output.1) }
        let suites = document.matches(of: /\b[A-Z]\w+Tests\b/).map { String($0.output) }
        let scenes = document.matches(of: /`([a-z][A-Za-z]{20,})`/).map { String($0.output.1) }
        #expect(titles.count > 40 && suites.count > 60 && scenes.count > 10)
        for title in Set(titles) {
            let ways = ["\"\(title)\"", "`\(title)`", "def test_\(title.replacing(" ", with: "_"))("]
            #expect(ways.contains { tests.contains($0) }, "no test is called “\(title)”")
        }
        for suite in Set(suites) {
            let isTarget = FileManager.default.fileExists(
                atPath: Repository.root.appendingPathComponent("Tests/\(suite)").path)
            let isSuite = ["struct \(suite) ", "struct \(suite): "].contains { tests.contains($0) }
            #expect(isTarget || isSuite, "there is no \(suite)")
        }
        for scene in Set(scenes) { #expect(tests.contains("func \(scene)("), "there is no scene \(scene)") }
    }

    /// All files with Swift or Python in a folder, in one text.
    private static func source(of folder: String) throws -> String {
        let root = Repository.root.appendingPathComponent(folder)
        let files = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
        return try (files?.compactMap { $0 as? URL } ?? [])
            .filter { ["swift", "py"].contains($0.pathExtension) && $0.path != #filePath }
            .map { try String(contentsOf: $0, encoding: .utf8) }.joined()
    }
}
