import Foundation

/// The places a setting may come from: flags, environment, files named by `NAME_FILE`, the `.env` file.
struct SettingSources: Sendable {
    /// What the search for one setting found.
    enum Found: Sendable {
        case text(String, SettingSource)
        case nothing
        /// A source has the setting, but no text can be had from it; to follow the name in an error.
        case unreadable(String)
    }

    private(set) var arguments: ArgumentList
    private let environment: [String: String]
    private let filePath: String
    private let file: EnvironmentFile
    /// What is wrong with the sources themselves.
    private(set) var problems: [String] = []
    private(set) var warnings: [String] = []

    /// - Parameters:
    ///   - arguments: the command line without the program's name. `--env-file` is taken from it.
    ///   - environment: the variables; `REMINDERS_ENV_FILE` names the `.env` file.
    ///   - directory: where `.env` is looked for when nothing names it; it need not exist then.
    init(arguments: ArgumentList, environment: [String: String], directory: String) {
        self.arguments = arguments
        self.environment = environment
        var named: String?
        switch self.arguments.takeValue("env-file") {
        case .value(let path): named = path
        case .nothing: problems.append("--env-file: needs a path behind it")
        case nil: named = environment["REMINDERS_ENV_FILE"].flatMap { $0.isEmpty ? nil : $0 }
        }
        let path = named ?? (directory == "." ? ".env" : directory + "/.env")
        filePath = path
        guard named != nil || SettingFile.exists(path) else {
            file = EnvironmentFile(text: "")
            return
        }
        do {
            file = EnvironmentFile(text: try SettingFile.text(path))
        } catch {
            file = EnvironmentFile(text: "")
            problems.append("file \(path) \(error)")
        }
        problems += file.problems.map { "\(path):\($0.line): \($0.reason)" }
        warnings += file.repeated.map { "\($0) occurs more than once in \(path); the last one counts" }
    }

    /// Looks for a setting in the order of precedence: flag, environment, `NAME_FILE`, `.env`, `NAME_FILE` in `.env`.
    ///
    /// - Parameter isMeaningful: whether a text counts; an empty one often stands for "not set".
    mutating func find<Value>(_ setting: Setting<Value>, where isMeaningful: (String) -> Bool) -> Found {
        if let found = findFlag(setting) { return found }
        let fileName = setting.name + "_FILE"
        let inFile = file.entries[setting.name]
        if let text = environment[setting.name], isMeaningful(text) {
            if environment[fileName] != nil {
                warnings.append("\(setting.name) and \(fileName) are both set; \(setting.name) counts")
            }
            return .text(text, .environment)
        }
        if let path = environment[fileName], !path.isEmpty {
            return findFile(path, namedBy: fileName)
        }
        if let inFile, isMeaningful(inFile.value) {
            return .text(inFile.value, .environmentFile(path: filePath, line: inFile.line))
        }
        if let path = file.entries[fileName]?.value, !path.isEmpty {
            return findFile(path, namedBy: "\(fileName) in \(filePath)")
        }
        return .nothing
    }

    private mutating func findFlag<Value>(_ setting: Setting<Value>) -> Found? {
        let flag = "--" + setting.flag
        let isSwitch = setting.kind.isSwitch
        switch isSwitch ? arguments.takeSwitch(setting.flag) : arguments.takeValue(setting.flag) {
        case .value(let text) where setting.kind.isSecret: return findFile(text, namedBy: flag)
        case .value(let text): return .text(text, .flag(flag))
        case .nothing: return .unreadable("\(flag) needs a value behind it")
        case nil: return nil
        }
    }

    private func findFile(_ path: String, namedBy name: String) -> Found {
        do {
            return .text(try SettingFile.value(path), .file(path: path, namedBy: name))
        } catch {
            return .unreadable("file \(path) (\(name)) \(error)")
        }
    }

    /// The names in environment and `.env` that start like ours, with their places.
    func names(startingWith prefixes: [String]) -> [(name: String, source: SettingSource)] {
        let isOurs: (String) -> Bool = { name in prefixes.contains { name.hasPrefix($0) } }
        let fromFile = file.entries.map { ($0.key, SettingSource.environmentFile(path: filePath, line: $0.value.line)) }
        let all = environment.keys.map { ($0, SettingSource.environment) } + fromFile
        return all.filter { isOurs($0.0) }.sorted { $0.0 < $1.0 }
    }

    /// The flags and words that no setting took.
    mutating func takeLeftOverArguments() -> [String] {
        arguments.takeLeftOver()
    }
}

/// Reads the files that settings come from.
enum SettingFile {
    /// Enough for any password, certificate or `.env` file; a mistaken path (a log, a device) is not read whole.
    static let sizeLimit = 1 << 20

    /// The text of the file. The problem follows the words "file PATH" in a sentence.
    static func text(_ path: String) throws(SettingProblem) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw SettingProblem("cannot be opened: \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
            throw SettingProblem("is a directory")
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16384)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SettingProblem("cannot be read: \(String(cString: strerror(errno)))") }
            if count == 0 { break }
            bytes += chunk[..<count]
            guard bytes.count <= sizeLimit else { throw SettingProblem("is larger than \(sizeLimit) bytes") }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw SettingProblem("is not UTF-8 text") }
        return text
    }

    /// The text of a file that holds one value: without one line end at its end, which editors and `echo` add.
    static func value(_ path: String) throws(SettingProblem) -> String {
        let text = try text(path)
        return text.last == "\n" || text.last == "\r\n" ? String(text.dropLast()) : text
    }

    static func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0
    }
}
