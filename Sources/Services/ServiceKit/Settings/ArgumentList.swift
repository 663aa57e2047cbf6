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
        var given: Given?
        for index in rest.indices {
            guard let word = rest[index] else { continue }
            if word.hasPrefix("--\(flag)=") {
                given = .value(String(word.dropFirst(flag.count + 3)))
                rest[index] = nil
            } else if word == "--\(flag)" {
                given = takeNext(after: index).map(Given.value) ?? .nothing
                rest[index] = nil
            }
        }
        return given
    }

    /// What `--flag`, `--no-flag`, `--flag=VALUE` or `--flag VALUE` gives, the last if VALUE is a switch's.
    mutating func takeSwitch(_ flag: String) -> Given? {
        var given: Given?
        for index in rest.indices {
            guard let word = rest[index] else { continue }
            if word.hasPrefix("--\(flag)=") {
                given = .value(String(word.dropFirst(flag.count + 3)))
            } else if word == "--\(flag)" {
                given = .value(takeNext(after: index, where: { SettingKind.boolean($0) != nil }) ?? "true")
            } else if word == "--no-\(flag)" {
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
