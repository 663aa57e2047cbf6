/// What a JSON value is, told from its first byte.
enum JSONKind: String {
    case object = "an object"
    case array = "an array"
    case string = "a string"
    case number = "a number"
    case boolean = "true or false"
    case null = "null"
}

/// Reads a JSON text front to back, value by value, without building a tree.
///
/// Strict RFC 8259: UTF-8 is checked once for the whole text, control characters, unknown escapes and lone surrogates
/// are errors, and nothing may follow the value. A byte order mark in front is skipped, as §8.1 allows. Nothing is copied
/// until a token is asked for its text.
///
/// The reader does not own the bytes: use it only where they are known to live.
struct JSONReader {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let depthLimit: Int
    private(set) var position = 0
    private var depth = 0
    /// An object was just opened: the next key has no comma before it.
    private var isFirst = false

    /// - Parameters:
    ///   - sizeLimit: the most bytes that are taken.
    ///   - depthLimit: how deeply arrays and objects may be nested, at most 64.
    init(
        _ bytes: UnsafeBufferPointer<UInt8>, sizeLimit: Int = Limits.bodyBytes, depthLimit: Int = Limits.depth
    ) throws(JSONError) {
        precondition(depthLimit <= 64)
        self.bytes = bytes
        self.depthLimit = depthLimit
        guard bytes.count <= sizeLimit else { throw JSONError(reason: .tooLarge(limit: sizeLimit), offset: sizeLimit) }
        do {
            _ = try UTF8Span(validating: bytes.span)
        } catch {
            throw JSONError(reason: .notUTF8, offset: error.byteOffsets.lowerBound)
        }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    /// What the next value is; only its first byte is looked at.
    mutating func peek() throws(JSONError) -> JSONKind {
        skipWhitespace()
        switch try byte() {
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        default: throw unexpected(.value)
        }
    }

    /// Goes into an object; `nextKey` gives its keys.
    mutating func beginObject() throws(JSONError) {
        guard try peek() == .object else { throw unexpected(.value) }
        try enter()
        isFirst = true
    }

    /// The next key of the object, or nil at its end. The value of the last key must have been read or skipped.
    mutating func nextKey() throws(JSONError) -> JSONToken? {
        skipWhitespace()
        let wasFirst = isFirst
        isFirst = false
        if try byte() == UInt8(ascii: "}") {
            position += 1
            depth -= 1
            return nil
        }
        if !wasFirst {
            guard try byte() == UInt8(ascii: ",") else { throw unexpected(.commaOrBrace) }
            position += 1
            skipWhitespace()
        }
        guard try byte() == UInt8(ascii: "\"") else { throw unexpected(.key) }
        let key = try string()
        try colon()
        return key
    }

    /// Goes into an array; `nextElement` says whether there is another one.
    mutating func beginArray() throws(JSONError) {
        guard try peek() == .array else { throw unexpected(.value) }
        try enter()
        isFirst = true
    }

    /// Whether another element of the array follows. The one before must have been read or skipped.
    mutating func nextElement() throws(JSONError) -> Bool {
        skipWhitespace()
        let wasFirst = isFirst
        isFirst = false
        if try byte() == UInt8(ascii: "]") {
            position += 1
            depth -= 1
            return false
        }
        if !wasFirst {
            guard try byte() == UInt8(ascii: ",") else { throw unexpected(.commaOrBracket) }
            position += 1
        }
        return true
    }

    /// Reads a string.
    mutating func string() throws(JSONError) -> JSONToken {
        guard try peek() == .string else { throw unexpected(.value) }
        position += 1
        let start = position
        var hasEscapes = false
        while true {
            let next = try byte()
            if next == UInt8(ascii: "\"") { break }
            if next == UInt8(ascii: "\\") {
                hasEscapes = true
                try escape()
            } else if next < 0x20 {
                throw JSONError(reason: .controlCharacter, offset: position)
            } else {
                position += 1
            }
        }
        let token = JSONToken(start: address(start), count: position - start, isSpecial: hasEscapes)
        position += 1
        return token
    }

    /// Reads a number.
    mutating func number() throws(JSONError) -> JSONToken {
        guard try peek() == .number else { throw unexpected(.value) }
        let start = position
        var isSpecial = false
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        if position < bytes.count, bytes[position] == UInt8(ascii: "0") {
            position += 1
            if digits() > 0 { throw JSONError(reason: .badNumber, offset: start) }
        } else if digits() == 0 {
            throw JSONError(reason: .badNumber, offset: start)
        }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            isSpecial = true
            position += 1
            if digits() == 0 { throw JSONError(reason: .badNumber, offset: start) }
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            isSpecial = true
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            if digits() == 0 { throw JSONError(reason: .badNumber, offset: start) }
        }
        return JSONToken(start: address(start), count: position - start, isSpecial: isSpecial)
    }

    /// Reads `true` or `false`.
    mutating func boolean() throws(JSONError) -> Bool {
        guard try peek() == .boolean else { throw unexpected(.value) }
        let value = bytes[position] == UInt8(ascii: "t")
        try word(value ? "true" : "false")
        return value
    }

    /// Reads `null`.
    mutating func null() throws(JSONError) {
        guard try peek() == .null else { throw unexpected(.value) }
        try word("null")
    }

    /// Skips one value, whatever is in it; it is checked as strictly as what is read. Nothing is called recursively.
    mutating func skipValue() throws(JSONError) {
        let outside = depth
        // Bit n: the container at depth n is an object.
        var objects: UInt64 = 0
        repeat {
            switch try peek() {
            case .string: _ = try string()
            case .number: _ = try number()
            case .boolean: _ = try boolean()
            case .null: try null()
            case .object, .array:
                let isObject = bytes[position] == UInt8(ascii: "{")
                try enter()
                let bit: UInt64 = 1 << UInt64(depth - 1)
                objects = isObject ? objects | bit : objects & ~bit
                skipWhitespace()
                if try byte() == UInt8(ascii: isObject ? "}" : "]") {
                    position += 1
                    depth -= 1
                } else {
                    if isObject { try key() }
                    continue
                }
            }
            try leaveOrContinue(outside: outside, objects: objects)
        } while depth > outside
        isFirst = false
    }

    /// Makes sure that only blanks follow.
    mutating func finish() throws(JSONError) {
        skipWhitespace()
        if position < bytes.count { throw unexpected(.end) }
    }
}

extension JSONReader {
    /// After a value within a skipped container: closes every container that ends here, or goes on to its next value.
    private mutating func leaveOrContinue(outside: Int, objects: UInt64) throws(JSONError) {
        while depth > outside {
            let isObject = objects & (1 << UInt64(depth - 1)) != 0
            skipWhitespace()
            let next = try byte()
            if next == UInt8(ascii: ",") {
                position += 1
                if isObject { try key() }
                return
            }
            guard next == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
                throw unexpected(isObject ? .commaOrBrace : .commaOrBracket)
            }
            position += 1
            depth -= 1
        }
    }

    private mutating func key() throws(JSONError) {
        skipWhitespace()
        guard try byte() == UInt8(ascii: "\"") else { throw unexpected(.key) }
        _ = try string()
        try colon()
    }

    private mutating func colon() throws(JSONError) {
        skipWhitespace()
        guard try byte() == UInt8(ascii: ":") else { throw unexpected(.colon) }
        position += 1
    }

    private mutating func enter() throws(JSONError) {
        guard depth < depthLimit else { throw JSONError(reason: .tooDeep(limit: depthLimit), offset: position) }
        position += 1
        depth += 1
    }

    /// Steps over one escape, of which both halves of a surrogate pair are part.
    private mutating func escape() throws(JSONError) {
        let start = position
        position += 1
        switch try byte() {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 1
        case UInt8(ascii: "u"):
            position += 1
            let unit = try hexadecimal4(start)
            if (0xDC00..<0xE000).contains(unit) { throw JSONError(reason: .loneSurrogate, offset: start) }
            guard (0xD800..<0xDC00).contains(unit) else { return }
            guard try byte() == UInt8(ascii: "\\") else { throw JSONError(reason: .loneSurrogate, offset: start) }
            position += 1
            guard try byte() == UInt8(ascii: "u") else { throw JSONError(reason: .loneSurrogate, offset: start) }
            position += 1
            guard (0xDC00..<0xE000).contains(try hexadecimal4(start)) else {
                throw JSONError(reason: .loneSurrogate, offset: start)
            }
        default: throw JSONError(reason: .badEscape, offset: start)
        }
    }

    private mutating func hexadecimal4(_ start: Int) throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = hexadecimalDigit(try byte()) else { throw JSONError(reason: .badEscape, offset: start) }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    private mutating func digits() -> Int {
        let start = position
        while position < bytes.count, bytes[position] &- 48 < 10 { position += 1 }
        return position - start
    }

    private mutating func word(_ word: StaticString) throws(JSONError) {
        let start = position
        for index in 0..<word.utf8CodeUnitCount {
            guard try byte() == word.utf8Start[index] else {
                throw JSONError(reason: .unexpected(expected: .value), offset: start)
            }
            position += 1
        }
    }

    @inline(__always)
    private mutating func skipWhitespace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    @inline(__always)
    private func byte() throws(JSONError) -> UInt8 {
        guard position < bytes.count else { throw JSONError(reason: .truncated, offset: position) }
        return bytes[position]
    }

    private func unexpected(_ expectation: JSONError.Expectation) -> JSONError {
        JSONError(reason: .unexpected(expected: expectation), offset: position)
    }

    /// The address of a byte that exists, or the one behind the last; only asked for when there are bytes.
    private func address(_ offset: Int) -> UnsafePointer<UInt8> {
        bytes.baseAddress.unsafelyUnwrapped + offset
    }
}
