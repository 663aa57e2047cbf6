import Foundation
import RemindersServiceKit
import Testing

@Suite struct SettingNamesTests {
    @Test func everyNameThatOccursInTheSourcesIsListed() throws {
        let tests = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        let sources = tests.deletingLastPathComponent().deletingLastPathComponent().appending(path: "Sources")
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        var found: Set<String> = []
        for case let file as URL in files where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: /"((?:REMINDERS|EMAIL)_[A-Z_]*[A-Z])"/) { found.insert(String(match.1)) }
        }
        #expect(found.contains("REMINDERS_DATABASE_URL"))
        #expect(found.subtracting(SettingNames.all).isEmpty)
    }
}
