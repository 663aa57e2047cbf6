/// Why bytes are not a JSON text (RFC 8259) that we take, and where.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public enum Reason: Hashable, Sendable {
        /// More bytes than the reader was told to take.
        case tooLarge(limit: Int)
        /// The bytes are not UTF-8 (RFC 8259 §8.1).
        case notUTF8
        /// The text ends in the middle of a value.
        case truncated
        /// Another byte than the grammar allows; the text says which was expected.
        case unexpected(expected: Expectation)
        /// A character below U+0020 stands unescaped in a string (RFC 8259 §7).
        case controlCharacter
        /// A backslash is followed by something that is no escape.
        case badEscape
        /// Half of a surrogate pair: no character, and not expressible in UTF-8 (RFC 8259 §8.2).
        case loneSurrogate
        /// A number with a leading zero, a lone minus or point, or an exponent without digits.
        case badNumber
        /// Arrays and objects nested deeper than the reader was told to follow.
        case tooDeep(limit: Int)
        /// An object names a key twice (RFC 8259 §4 leaves open which one counts).
        case duplicateKey
    }

    /// What the grammar expected at a place.
    public enum Expectation: Hashable, Sendable {
        case value
        case key
        case colon
        case commaOrBrace
        case commaOrBracket
        case end

        /// The words for people.
        public var text: String {
            switch self {
            case .value: "a value"
            case .key: "a key in double quotes"
            case .colon: "':'"
            case .commaOrBrace: "',' or '}'"
            case .commaOrBracket: "',' or ']'"
            case .end: "the end"
            }
        }
    }

    /// What is wrong.
    public let reason: Reason
    /// The byte, counted from 0, where it was seen.
    public let offset: Int

    /// One sentence fragment that continues "the body": no part of the body is in it.
    public var description: String {
        switch reason {
        case .tooLarge(let limit): "is larger than \(limit) bytes"
        case .notUTF8: "is not UTF-8 at byte \(offset)"
        case .truncated: "ends in the middle of a value at byte \(offset)"
        case .unexpected(let expected): "is not JSON at byte \(offset), where \(expected.text) was expected"
        case .controlCharacter: "has an unescaped control character in a string at byte \(offset)"
        case .badEscape: "has an unknown escape in a string at byte \(offset)"
        case .loneSurrogate: "has half of a surrogate pair as an escape at byte \(offset)"
        case .badNumber: "has a malformed number at byte \(offset)"
        case .tooDeep(let limit): "is nested deeper than \(limit) levels at byte \(offset)"
        case .duplicateKey: "has a key for the second time, at byte \(offset)"
        }
    }
}
