import RemindersContracts
import RemindersDomain

/// What texts may be, wherever they stand in a request. Each rule says what is wrong, or nothing.
enum FieldRules {
    /// An opaque id, of a user or case: 1 to 200 bytes without control characters.
    static func identifier(_ text: String) -> String? {
        if text.isEmpty { return "must not be empty" }
        if text.utf8.count > Limits.identifierBytes { return "must not be longer than \(Limits.identifierBytes) bytes" }
        return text.hasControlCharacter ? "must not contain control characters" : nil
    }

    /// Text for people: no NUL, which PostgreSQL cannot store; line breaks only where they belong.
    static func text(_ text: String, upTo limit: Int, isOneLine: Bool) -> String? {
        if text.utf8.count > limit, text.unicodeScalars.count > limit {
            return "must not be longer than \(limit) characters"
        }
        if isOneLine, text.hasControlCharacter { return "must not contain control characters or line breaks" }
        return text.utf8.contains(0) ? "must not contain U+0000" : nil
    }

    /// The time of an RFC 3339 text.
    static let instant = "must be a time such as 2026-02-10T14:30:00Z"
    /// Such a time, or one on a wall.
    static let time = "must be a time such as 2026-02-10T14:30:00 or 2026-02-10T14:30:00Z"
}

extension String {
    /// Whether there is a character of C0 (with tab and line feed), DEL or C1.
    var hasControlCharacter: Bool {
        unicodeScalars.contains { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) }
    }

    /// With `%xx` decoded, or nil where that is malformed or gives no UTF-8.
    func removingURLPercentEncoding(plusIsBlank: Bool = false) -> String? {
        guard utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else { return self }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(utf8.count)
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%") {
                guard let high = rest.popFirst().flatMap(hexadecimal), let low = rest.popFirst().flatMap(hexadecimal)
                else { return nil }
                bytes.append(high << 4 | low)
            } else {
                bytes.append(plusIsBlank && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private func hexadecimal(_ byte: UInt8) -> UInt8? {
        Character(UnicodeScalar(byte)).hexDigitValue.map(UInt8.init)
    }
}
