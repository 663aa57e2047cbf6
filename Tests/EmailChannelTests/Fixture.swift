import Foundation
import Testing

/// Messages as they are to be, byte for byte, in `Fixtures`.
enum Fixture {
    static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Fixtures"

    /// Compares `content` with the fixture, or writes it there when `REMINDERS_WRITE_FIXTURES` is set.
    static func expect(_ content: [UInt8], equals name: String) throws {
        let path = directory + "/" + name
        if ProcessInfo.processInfo.environment["REMINDERS_WRITE_FIXTURES"] != nil {
            try Data(content).write(to: URL(fileURLWithPath: path))
        }
        let expected = try #require(FileManager.default.contents(atPath: path), "no fixture \(name)")
        #expect(String(decoding: content, as: UTF8.self) == String(decoding: expected, as: UTF8.self))
        #expect(Data(content) == expected)
    }
}
