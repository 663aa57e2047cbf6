import RemindersSending

/// Writes the header fields of a mail: checked, encoded and folded.
///
/// Lines have at most 78 characters (RFC 5322 §2.1.1) unless a single word is longer; none has more than 998.
struct HeaderWriter {
    /// The lines so far, each ending in CRLF.
    private(set) var bytes: [UInt8] = []

    /// What separates two lines of one field.
    static let fold = [UInt8]("\r\n ".utf8)
    private static let lineEnd = [UInt8]("\r\n".utf8)
    private static let longestLine = 78
    /// A word that fills more of a line than this makes the whole text go into encoded words, which can be folded.
    private static let longestPlainWord = 60

    init(capacity: Int) {
        bytes.reserveCapacity(capacity)
    }

    /// Appends whole lines that were made before.
    mutating func append(lines: [UInt8]) {
        bytes.append(contentsOf: lines)
    }

    /// Writes a field whose value has a grammar of its own: it stands as it is.
    ///
    /// - Parameter field: what to name when the value can't stand in a header.
    mutating func write(_ name: StaticString, verbatim value: String, field: String) throws(RenderingError) {
        guard !HeaderWriter.hasControl(value) else { throw HeaderWriter.controlCharacter(field) }
        begin(name)
        bytes.append(contentsOf: value.utf8)
        bytes.append(contentsOf: HeaderWriter.lineEnd)
    }

    /// Writes a field of free text, such as `Subject`. Blanks at its ends are dropped and runs of them become one.
    mutating func write(_ name: StaticString, text: [UInt8], field: String) throws(RenderingError) {
        let text = HeaderWriter.collapsingBlanks(text)
        guard !HeaderWriter.hasControl(text) else { throw HeaderWriter.controlCharacter(field) }
        var column = begin(name)
        text.withUnsafeBufferPointer { text in
            if HeaderWriter.canStandPlain(text) {
                appendFolding(text, &column)
            } else {
                column = EncodedWord.append(text, to: &bytes, column: column)
            }
        }
        bytes.append(contentsOf: HeaderWriter.lineEnd)
    }

    /// Writes a field with one mailbox (RFC 5322 §3.4): `Name <address>`, or the address alone.
    ///
    /// - Parameter address: the text of a `MailAddress`.
    mutating func write(
        _ name: StaticString, displayName: [UInt8], address: String, field: String
    ) throws(RenderingError) {
        let displayName = HeaderWriter.collapsingBlanks(displayName)
        guard !HeaderWriter.hasControl(displayName), !HeaderWriter.hasControl(address) else {
            throw HeaderWriter.controlCharacter(field)
        }
        var column = begin(name)
        if displayName.isEmpty {
            bytes.append(contentsOf: address.utf8)
        } else {
            displayName.withUnsafeBufferPointer { column = appendPhrase($0, column: column) }
            if column + address.utf8.count + 3 > HeaderWriter.longestLine {
                bytes.append(contentsOf: HeaderWriter.fold)
            } else {
                bytes.append(0x20)
            }
            bytes.append(UInt8(ascii: "<"))
            bytes.append(contentsOf: address.utf8)
            bytes.append(UInt8(ascii: ">"))
        }
        bytes.append(contentsOf: HeaderWriter.lineEnd)
    }

    /// Whether there is a C0 control, DEL or C1 control (U+0080–U+009F) in `text`.
    static func hasControl(_ text: String) -> Bool { hasControl(text.utf8) }

    private static func hasControl(_ bytes: some Sequence<UInt8>) -> Bool {
        var previous: UInt8 = 0
        for byte in bytes {
            if byte < 0x20 || byte == 0x7F || (previous == 0xC2 && byte < 0xA0) { return true }
            previous = byte
        }
        return false
    }

    @discardableResult
    private mutating func begin(_ name: StaticString) -> Int {
        bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        bytes.append(UInt8(ascii: ":"))
        bytes.append(0x20)
        return name.utf8CodeUnitCount + 2
    }

    private mutating func appendFolding(_ text: UnsafeBufferPointer<UInt8>, _ column: inout Int) {
        var position = 0
        while position < text.count {
            var end = position
            while end < text.count, text[end] != 0x20 { end += 1 }
            if position > 0 {
                if column + 1 + end - position > HeaderWriter.longestLine {
                    bytes.append(contentsOf: HeaderWriter.fold)
                    column = 1
                } else {
                    bytes.append(0x20)
                    column += 1
                }
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[position..<end]))
            column += end - position
            position = end + 1
        }
    }

    /// A display name as RFC 5322 §3.2.5 has it: atoms, a quoted string, or encoded words.
    private mutating func appendPhrase(_ name: UnsafeBufferPointer<UInt8>, column: Int) -> Int {
        guard name.count <= HeaderWriter.longestPlainWord, HeaderWriter.canStandPlain(name) else {
            return EncodedWord.append(name, to: &bytes, column: column)
        }
        let start = bytes.count
        if name.allSatisfy({ HeaderWriter.isLetterOrDigit($0) || $0 == 0x20 || $0 == UInt8(ascii: "-") }) {
            bytes.append(contentsOf: name)
        } else {
            bytes.append(UInt8(ascii: "\""))
            for byte in name {
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { bytes.append(UInt8(ascii: "\\")) }
                bytes.append(byte)
            }
            bytes.append(UInt8(ascii: "\""))
        }
        return column + bytes.count - start
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }

    /// ASCII, no word too long to fold around, and nothing that reads as an encoded word.
    private static func canStandPlain(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var word = 0
        var previous: UInt8 = 0
        for byte in text {
            if byte >= 0x80 || (previous == UInt8(ascii: "=") && byte == UInt8(ascii: "?")) { return false }
            word = byte == 0x20 ? 0 : word + 1
            if word > longestPlainWord { return false }
            previous = byte
        }
        return true
    }

    private static func collapsingBlanks(_ text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        for byte in text where byte != 0x20 || (result.last ?? 0x20) != 0x20 { result.append(byte) }
        if result.last == 0x20 { result.removeLast() }
        return result
    }

    private static func controlCharacter(_ field: String) -> RenderingError {
        RenderingError(field: field, description: "contains a control character, which has no place in a header")
    }
}
