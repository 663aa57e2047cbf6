import Foundation
import RemindersGround

/// How the text of a setting becomes a value.
public struct SettingKind<Value: Sendable>: Sendable {
    /// What is allowed, to follow the words "allowed:".
    public let expectation: String
    /// Whether the flag may stand alone (`--dry-run`, `--no-dry-run`).
    let isSwitch: Bool
    /// Whether the value is never shown and never taken from a flag.
    let isSecret: Bool
    /// Whether an empty text is a value. Otherwise it counts as not set.
    let acceptsEmpty: Bool
    /// Stands in for the value of a refused setting until `validate` stops the service.
    let placeholder: Value
    /// Makes the value. A problem says what is wrong without repeating the text.
    let parse: @Sendable (String) throws(SettingProblem) -> Value
    /// The value as it would be written in a `.env` file; masked where it may hold a password.
    let show: @Sendable (Value) -> String
    /// The text as it may be shown in an error.
    let mask: @Sendable (String) -> String

    /// Describes a kind of value.
    ///
    /// - Parameters:
    ///   - expectation: what is allowed, to follow the words "allowed:".
    ///   - isSwitch: whether the flag may stand alone.
    ///   - isSecret: whether the value is never shown.
    ///   - acceptsEmpty: whether an empty text is a value.
    ///   - placeholder: any value, used while errors are collected.
    ///   - mask: hides what must not be shown in a text that was refused.
    ///   - show: the value as text.
    ///   - parse: makes the value.
    public init(
        expectation: String, isSwitch: Bool = false, isSecret: Bool = false, acceptsEmpty: Bool = false,
        placeholder: Value, mask: @escaping @Sendable (String) -> String = { $0 },
        show: @escaping @Sendable (Value) -> String,
        parse: @escaping @Sendable (String) throws(SettingProblem) -> Value
    ) {
        self.expectation = expectation
        self.isSwitch = isSwitch
        self.isSecret = isSecret
        self.acceptsEmpty = acceptsEmpty
        self.placeholder = placeholder
        self.mask = mask
        self.show = show
        self.parse = parse
    }
}

/// Why a text is not a value of its kind.
public struct SettingProblem: Error, Sendable, CustomStringConvertible {
    /// To follow the value in a sentence, such as "is not a whole number". It does not repeat the value.
    public let description: String

    /// Takes the reason.
    public init(_ description: String) {
        self.description = description
    }
}

extension SettingKind where Value == Bool {
    /// A switch.
    public static var bool: SettingKind {
        SettingKind(
            expectation: "true, false, 1, 0, yes, no, on, off", isSwitch: true, placeholder: false,
            show: { $0 ? "true" : "false" },
            parse: { text throws(SettingProblem) in
                guard let value = boolean(text) else { throw SettingProblem("is not a switch") }
                return value
            })
    }

    static func boolean(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "1", "yes", "on": true
        case "false", "0", "no", "off": false
        default: nil
        }
    }
}

extension SettingKind where Value == Int {
    /// A whole number within `range`.
    public static func integer(in range: ClosedRange<Int>) -> SettingKind {
        let upper = range.upperBound == Int.max ? "up" : "to \(range.upperBound)"
        return SettingKind(
            expectation: "a whole number from \(range.lowerBound) \(upper)", placeholder: range.lowerBound,
            show: { String($0) },
            parse: { text throws(SettingProblem) in
                guard let value = Int(text) else { throw SettingProblem("is not a whole number") }
                guard range.contains(value) else { throw SettingProblem("is out of range") }
                return value
            })
    }
}

extension SettingKind where Value == Duration {
    /// A length of time: a number with a unit, or several of them (`1h30m`).
    ///
    /// - Parameters:
    ///   - range: what is allowed.
    ///   - plainUnit: the unit of a number without one.
    public static func duration(in range: ClosedRange<Duration>, plainUnit: DurationUnit) -> SettingKind {
        let bounds = "from \(DurationText.text(range.lowerBound)) to \(DurationText.text(range.upperBound))"
        return SettingKind(
            expectation: "a time \(bounds), such as 250ms, 5s, 10m or 1h30m; a plain number is in \(plainUnit.word)",
            placeholder: range.lowerBound,
            show: { DurationText.text($0) },
            parse: { text throws(SettingProblem) in
                guard let value = DurationText.duration(text, plainUnit: plainUnit) else {
                    throw SettingProblem("is not a time")
                }
                guard range.contains(value) else { throw SettingProblem("is out of range") }
                return value
            })
    }
}

extension SettingKind where Value == String {
    /// Any text in one line.
    public static var string: SettingKind {
        SettingKind(
            expectation: "text in one line", acceptsEmpty: true, placeholder: "", show: { $0 },
            parse: { text throws(SettingProblem) in try text.withoutControlCharacters() })
    }
}

extension SettingKind where Value == Secret {
    /// A password or token in one line.
    public static var secret: SettingKind {
        SettingKind(
            expectation: "text in one line", isSecret: true, acceptsEmpty: true, placeholder: Secret(""),
            mask: { _ in Secret.redacted }, show: { $0.isEmpty ? "" : Secret.redacted },
            parse: { text throws(SettingProblem) in Secret(try text.withoutControlCharacters()) })
    }
}

extension SettingKind where Value == [String] {
    /// Texts with commas between them; blanks around each are dropped, and so are empty ones.
    ///
    /// - Parameter allowed: the texts that may occur; nil allows any.
    public static func list(of allowed: [String]? = nil) -> SettingKind {
        let words = allowed.map { "any of " + $0.joined(separator: ", ") } ?? "texts"
        return SettingKind(
            expectation: words + ", with commas between them", acceptsEmpty: true, placeholder: [],
            show: { $0.joined(separator: ",") },
            parse: { text throws(SettingProblem) in
                let items = try text.withoutControlCharacters().split(separator: ",").map { $0.trimmed }
                    .filter { !$0.isEmpty }
                if let allowed, let other = items.first(where: { !allowed.contains($0) }) {
                    throw SettingProblem("has an item that is not allowed, \"\(other)\"")
                }
                return items
            })
    }
}

extension SettingKind where Value: CaseIterable & RawRepresentable, Value.RawValue == String {
    /// One of the cases of an enum by its raw value, in any letter case.
    public static func choice(_ type: Value.Type = Value.self, placeholder: Value) -> SettingKind {
        SettingKind(
            expectation: Value.allCases.map(\.rawValue).joined(separator: ", "), placeholder: placeholder,
            show: { $0.rawValue },
            parse: { text throws(SettingProblem) in
                let wanted = text.lowercased()
                guard let value = Value.allCases.first(where: { $0.rawValue.lowercased() == wanted }) else {
                    throw SettingProblem("is not one of the choices")
                }
                return value
            })
    }
}

extension StringProtocol {
    /// Without blanks and tabs at either end.
    var trimmed: String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        guard let first = firstIndex(where: { !isBlank($0) }), let last = lastIndex(where: { !isBlank($0) }) else {
            return ""
        }
        return String(self[first...last])
    }

    /// Itself, unless it holds a control character: those have no business in a setting, and a line break smuggled
    /// into a mail header or a log line does harm far from here.
    func withoutControlCharacters() throws(SettingProblem) -> String {
        let isControl: (Unicode.Scalar) -> Bool = { $0.properties.generalCategory == .control }
        guard !unicodeScalars.contains(where: isControl) else { throw SettingProblem("holds a control character") }
        return String(self)
    }
}

extension SettingKind where Value == URL {
    /// An absolute URL with a host.
    ///
    /// - Parameter schemes: the allowed schemes, in lower case.
    public static func url(schemes: [String]) -> SettingKind {
        SettingKind(
            expectation: schemes.allowedURLs, placeholder: URL(filePath: "/"), mask: URLText.masked,
            show: { URLText.masked($0.absoluteString) },
            parse: { text throws(SettingProblem) in
                let url = try URLText.url(text, schemes: schemes)
                guard let host = url.host(), !host.isEmpty else { throw SettingProblem("is a URL without a host") }
                return url
            })
    }
}

extension SettingKind where Value == Secret {
    /// An absolute URL that carries a password. The host may be missing, as in
    /// `postgresql:///name?host=/run/postgresql`, and there may be several with commas between them, as in
    /// `amqp://user:password@one:5672,two:5672/vhost`.
    ///
    /// - Parameter schemes: the allowed schemes, in lower case.
    public static func secretURL(schemes: [String]) -> SettingKind {
        SettingKind(
            expectation: schemes.allowedURLs, isSecret: true, placeholder: Secret(""),
            mask: { _ in Secret.redacted }, show: { _ in Secret.redacted },
            parse: { text throws(SettingProblem) in
                for host in URLText.hosts(text) { _ = try URLText.url(host, schemes: schemes) }
                return Secret(text)
            })
    }
}

extension [String] {
    fileprivate var allowedURLs: String {
        "a URL that starts with " + map { $0 + "://" }.joined(separator: " or ")
    }
}

enum URLText {
    static func url(_ text: String, schemes: [String]) throws(SettingProblem) -> URL {
        guard let url = URL(string: text, encodingInvalidCharacters: false), let scheme = url.scheme else {
            throw SettingProblem("is not a URL")
        }
        guard schemes.contains(scheme.lowercased()), text.dropFirst(scheme.count).hasPrefix("://") else {
            throw SettingProblem("is a URL of another kind")
        }
        return url
    }

    /// The text once for each of the hosts it names with commas between them.
    static func hosts(_ text: String) -> [String] {
        guard let authority = authority(of: text) else { return [text] }
        let begin = text[authority].lastIndex(of: "@").map { text.index(after: $0) } ?? authority.lowerBound
        return text[begin..<authority.upperBound].split(separator: ",", omittingEmptySubsequences: false).map {
            "\(text[..<begin])\($0)\(text[authority.upperBound...])"
        }
    }

    /// What stands between the scheme and the path.
    private static func authority(of text: String) -> Range<String.Index>? {
        guard let start = text.range(of: "://")?.upperBound else { return nil }
        return start..<(text[start...].firstIndex(where: { "/?#".contains($0) }) ?? text.endIndex)
    }

    /// The text with the user's password, if there is one, replaced by `<redacted>`.
    static func masked(_ text: String) -> String {
        guard let (start, end) = authority(of: text).map({ ($0.lowerBound, $0.upperBound) }) else { return text }
        guard let at = text[start..<end].lastIndex(of: "@"), let colon = text[start..<at].firstIndex(of: ":") else {
            return text
        }
        return text[...colon] + Secret.redacted + text[at...]
    }
}
