import Foundation
import RemindersWording

/// Reads an operator's directory of templates.
enum TemplateDirectory {
    /// Larger files are refused: a mail of a reminder is a few KB.
    static let largestFile = 256 << 10

    /// The text of every template by its path within the directory.
    ///
    /// - Throws: `EmailTemplateError` for a directory or file that can't be read, and for a file or folder with a name
    ///   that nothing asks for: it would be a slip of the pen that changes nothing.
    static func read(_ directory: String) throws(EmailTemplateError) -> [String: String] {
        var files: [String: String] = [:]
        var problems: [EmailTemplateError.Problem] = []
        read(directory, prefix: "", &files, &problems)
        guard problems.isEmpty else { throw EmailTemplateError(problems: problems) }
        return files
    }

    private static func read(
        _ directory: String, prefix: String, _ files: inout [String: String],
        _ problems: inout [EmailTemplateError.Problem]
    ) {
        let manager = FileManager.default
        let names: [String]
        do {
            names = try manager.contentsOfDirectory(atPath: directory).sorted()
        } catch {
            problems.append(.init(file: prefix, line: nil, problem: "the directory can't be read: \(error)"))
            return
        }
        for name in names where !name.hasPrefix(".") {
            let path = directory + "/" + name
            var isDirectory: ObjCBool = false
            guard manager.fileExists(atPath: path, isDirectory: &isDirectory) else { continue }
            if isDirectory.boolValue {
                if prefix.isEmpty, ReminderLocale(rawValue: name) != nil {
                    read(path, prefix: name + "/", &files, &problems)
                } else {
                    let known = ReminderLocale.allCases.map(\.rawValue).joined(separator: ", ")
                    problems.append(
                        .init(file: prefix + name, line: nil, problem: "is no language; there are \(known)"))
                }
            } else if name.hasSuffix(".mustache") {
                read(path, name: name, prefix: prefix, &files, &problems)
            }
        }
    }

    private static func read(
        _ path: String, name: String, prefix: String, _ files: inout [String: String],
        _ problems: inout [EmailTemplateError.Problem]
    ) {
        func note(_ problem: String) {
            problems.append(.init(file: prefix + name, line: nil, problem: problem))
        }
        guard TemplateKind(rawValue: name) != nil else {
            return note("is no template; there are \(TemplateKind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        guard let data = FileManager.default.contents(atPath: path) else { return note("can't be read") }
        guard data.count <= largestFile else { return note("is larger than \(largestFile / 1_024) KiB") }
        guard let text = String(validating: data, as: UTF8.self) else { return note("isn't UTF-8") }
        files[prefix + name] = text
    }
}
