/// The content of a `.env` file.
///
/// The reader is tolerant where people and other tools differ: `export`, blanks around `=`, single and double quotes,
/// comments on their own line or behind a value (a `#` after a blank), CRLF line ends, a byte order mark. What it can
/// not make sense of is a problem with its line number, never silently a different value.
struct EnvironmentFile: Sendable {
    /// A variable with its line, counted from 1.
    struct Entry: Sendable, Equatable {
        let value: String
        let line: Int
    }

    /// A line that is not understood. The reason does not repeat the line, which may hold a secret.
    struct Problem: Sendable, Equatable {
        let line: Int
        let reason: String
    }

    private(set) var entries: [String: Entry] = [:]
    private(set) var problems: [Problem] = []
    /// Names that occur more than once; the last one counts.
    private(set) var repeated: [String] = []

    init(text: String) {
        let text = text.hasPrefix("\u{FEFF}") ? text.dropFirst() : text[...]
        let isLineEnd: (Character) -> Bool = { $0 == "\n" || $0 == "\r\n" }
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: isLineEnd).enumerated() {
            read(line.trimmed, number: index + 1)
        }
    }

    private mutating func read(_ line: String, number: Int) {
        guard !line.isEmpty, !line.hasPrefix("#") else { return }
        guard let equals = line.firstIndex(of: "=") else {
            problems.append(Problem(line: number, reason: "has no \"=\""))
            return
        }
        var name = line[..<equals].trimmed
        if name.hasPrefix("export ") { name = name.dropFirst("export ".count).trimmed }
        let isName: (Character) -> Bool = { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        guard let first = name.first, !first.isNumber, name.allSatisfy(isName) else {
            problems.append(Problem(line: number, reason: "has no variable name before the \"=\""))
            return
        }
        do {
            let value = try Self.value(line[line.index(after: equals)...])
            if entries[name] != nil { repeated.append(name) }
            entries[name] = Entry(value: value, line: number)
        } catch {
            problems.append(Problem(line: number, reason: "(\(name)) \(error)"))
        }
    }

    private static func value(_ text: Substring) throws(SettingProblem) -> String {
        let trimmed = text.trimmed
        switch trimmed.first {
        case "\"": return try quoted(trimmed.dropFirst(), by: "\"", escapes: true)
        case "'": return try quoted(trimmed.dropFirst(), by: "'", escapes: false)
        default: return withoutComment(text)
        }
    }

    /// `BMC Hub  # who it is from` gives `BMC Hub`, `pass#word` stays.
    private static func withoutComment(_ text: Substring) -> String {
        var isAfterBlank = false
        for index in text.indices {
            if text[index] == "#", isAfterBlank { return text[..<index].trimmed }
            isAfterBlank = text[index] == " " || text[index] == "\t"
        }
        return text.trimmed
    }

    private static func quoted(
        _ text: Substring, by quote: Character, escapes: Bool
    ) throws(SettingProblem) -> String {
        var value = ""
        var index = text.startIndex
        while index < text.endIndex {
            let character = text[index]
            index = text.index(after: index)
            if character == quote {
                let rest = text[index...].trimmed
                guard rest.isEmpty || rest.hasPrefix("#") else {
                    throw SettingProblem("has text behind the closing quote")
                }
                return value
            }
            if escapes, character == "\\", index < text.endIndex {
                value += unescaped(text[index])
                index = text.index(after: index)
            } else {
                value.append(character)
            }
        }
        throw SettingProblem("has no closing quote")
    }

    private static func unescaped(_ character: Character) -> String {
        switch character {
        case "n": "\n"
        case "r": "\r"
        case "t": "\t"
        case "\\", "\"", "$", "`": String(character)
        default: "\\" + String(character)
        }
    }
}

/// The command line, from which each declared setting takes its flag. What nobody took is an error.
struct ArgumentList: Sendable {
    /// What a flag was given.
    enum Given: Sendable, Equatable {
        case value(String)
        /// The flag stands at the end or before another flag.
        case nothing
    }

    private var rest: [String?]

    /// - Parameter arguments: without the name of the program.
    init(_ arguments: some Sequence<String>) {
        rest = Array(arguments)
    }

    /// Whether one of `words` stands there. Takes it.
    mutating func takeWord(_ words: [String]) -> Bool {
        var found = false
        for index in rest.indices {
            if let word = rest[index], words.contains(word) {
                rest[index] = nil
                found = true
            }
        }
        return found
    }

    /// What `--flag VALUE` or `--flag=VALUE` gives; the last one counts. Takes all of them.
    mutating func takeValue(_ flag: String) -> Given? {
        take(flag) { arguments, index in arguments.takeNext(after: index).map(Given.value) ?? .nothing }
    }

    /// What `--flag`, `--no-flag`, `--flag=VALUE` or `--flag VALUE` gives, the last if VALUE is a switch's.
    mutating func takeSwitch(_ flag: String) -> Given? {
        take(flag, negation: "--no-\(flag)") { arguments, index in
            .value(arguments.takeNext(after: index, where: { SettingKind.boolean($0) != nil }) ?? "true")
        }
    }

    /// Takes all words of a flag.
    ///
    /// - Parameters:
    ///   - negation: the word that means no.
    ///   - alone: what the flag at this place gives where it has no `=VALUE`.
    /// - Returns: what the last of them gives.
    private mutating func take(
        _ flag: String, negation: String? = nil, alone: (inout ArgumentList, Int) -> Given
    ) -> Given? {
        var given: Given?
        for index in rest.indices {
            guard let word = rest[index] else { continue }
            if word.hasPrefix("--\(flag)=") {
                given = .value(String(word.dropFirst(flag.count + 3)))
            } else if word == "--\(flag)" {
                given = alone(&self, index)
            } else if word == negation {
                given = .value("false")
            } else {
                continue
            }
            rest[index] = nil
        }
        return given
    }

    private mutating func takeNext(after index: Int, where fits: (String) -> Bool = { _ in true }) -> String? {
        guard index + 1 < rest.count, let next = rest[index + 1], !next.hasPrefix("--"), fits(next) else { return nil }
        rest[index + 1] = nil
        return next
    }

    /// The flags and words nobody took. The value behind an unknown flag is left out: it may be a secret.
    mutating func takeLeftOver() -> [String] {
        var words: [String] = []
        for index in rest.indices {
            guard let word = rest[index] else { continue }
            rest[index] = nil
            if word.hasPrefix("-"), word != "-" {
                words.append(word.split(separator: "=", maxSplits: 1).first.map(String.init) ?? word)
                _ = takeNext(after: index)
            } else {
                words.append(word)
            }
        }
        return words
    }
}
