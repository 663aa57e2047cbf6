import Foundation
import RemindersServiceKit
import Testing

/// A directory of its own with a `.env` file, and an environment and command line to read settings from.
final class SettingsScene {
    let directory: URL
    var environment: [String: String] = [:]
    var arguments: [String] = []

    init(file: String?) throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "settings-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        if let file { try write(".env", file) }
    }

    deinit {
        try? FileManager.default.removeItem(at: directory)
    }

    @discardableResult
    func write(_ name: String, _ content: String) throws -> String {
        let url = directory.appending(path: name)
        try Data(content.utf8).write(to: url)
        return url.path
    }

    func reader() -> SettingsReader {
        SettingsReader(
            service: "email-sender", summary: "Sends reminders by mail.", arguments: ["email-sender"] + arguments,
            environment: environment, directory: directory.path)
    }

    /// The text the service would stop with.
    func refusal(_ read: (inout SettingsReader) -> Void) throws -> String {
        var settings = reader()
        read(&settings)
        let outcome = settings.outcome()
        guard case .refused(let text) = outcome else {
            Issue.record("expected a refusal, not \(outcome)")
            return ""
        }
        return text
    }

    /// The text the service would answer with.
    func answer(_ read: (inout SettingsReader) -> Void) throws -> String {
        var settings = reader()
        read(&settings)
        let outcome = settings.outcome()
        guard case .answer(let text) = outcome else {
            Issue.record("expected an answer, not \(outcome)")
            return ""
        }
        return text
    }
}
