/// A message that is not what its contract says. Such a message can never succeed: it belongs in the dead-letter queue.
///
/// Its text is for the one who published the message: each wrong field, what is wrong with it and what is expected.
/// It never has the whole body in it, and of a value at most a few dozen characters, escaped; addresses, links and
/// free text are not quoted at all.
public struct ContractError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of error, in words fit for a metric's label.
    public enum Code: String, CaseIterable, Sendable {
        /// The body is no JSON that we take.
        case malformed
        /// The body is larger than `Limits.bodyBytes`.
        case tooLarge = "too_large"
        /// Fields are missing or wrong.
        case invalid
        /// Nobody here knows this type of message.
        case unknownType = "unknown_type"
        /// The type is known, its version is not.
        case unsupportedVersion = "unsupported_version"
    }

    /// One thing that is wrong.
    public struct Problem: Hashable, Sendable, CustomStringConvertible {
        /// The field as a JSON pointer (RFC 6901); empty for the whole body. For a CloudEvent in binary mode it is
        /// where the field would be in structured mode.
        public let pointer: String
        /// What is wrong, as a predicate: `is missing`.
        public let problem: String
        /// What is expected, as a noun: `text of 1 to 300 characters`.
        public let expected: String

        /// `/title is missing, expected text of 1 to 300 characters`
        public var description: String {
            "\(pointer.isEmpty ? "the body" : pointer) \(problem), expected \(expected)"
        }

        /// States a problem.
        public init(pointer: String, problem: String, expected: String) {
            self.pointer = pointer
            self.problem = problem
            self.expected = expected
        }
    }

    /// The type of message that was expected, or `case event`.
    public let message: String
    /// The kind of error.
    public let code: Code
    /// What is wrong: at least one.
    public let problems: [Problem]

    /// States what is wrong with a message; `problems` has at least one.
    public init(message: String, code: Code, problems: [Problem]) {
        self.message = message
        self.code = code
        self.problems = problems
    }

    /// All problems on one line.
    public var description: String {
        "\(message): " + problems.map(\.description).joined(separator: "; ")
    }

    /// The same on one line of at most 1,000 characters, for the header `x-reason` of a dead letter.
    public var reason: String { description.clipped(to: 1_000) }
}

extension ContractError {
    init(message: String, _ error: JSONError) {
        var code = Code.malformed
        if case .tooLarge = error.reason { code = .tooLarge }
        let problem = Problem(
            pointer: "", problem: error.description,
            expected: "one JSON object in UTF-8 (RFC 8259) of at most \(Limits.bodyBytes) bytes")
        self.init(message: message, code: code, problems: [problem])
    }

    /// A value as it may be shown: its first characters in quotes, with everything invisible escaped.
    static func quote(_ text: some StringProtocol) -> String {
        var shown = "\""
        for scalar in text.unicodeScalars.prefix(40) {
            switch scalar.properties.generalCategory {
            case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator:
                shown += scalar.escaped(asASCII: true)
            default:
                shown.unicodeScalars.append(scalar)
            }
        }
        return shown + (text.unicodeScalars.count > 40 ? "…\"" : "\"")
    }
}
