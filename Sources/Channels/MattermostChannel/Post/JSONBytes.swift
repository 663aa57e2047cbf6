/// JSON under construction, to which text can be appended as bytes. The caller keeps the order of braces and commas.
struct JSONBytes {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int) {
        bytes.reserveCapacity(capacity)
    }

    /// Appends JSON as it stands: braces, brackets and keys.
    mutating func append(_ json: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: json.utf8Start, count: json.utf8CodeUnitCount))
    }

    /// Appends a string with its quotes.
    mutating func append(string text: String) {
        var text = text
        text.withUTF8 { append(string: $0) }
    }

    /// Appends a string of valid UTF-8 with its quotes.
    mutating func append(string text: [UInt8]) {
        text.withUnsafeBufferPointer { append(string: $0) }
    }

    private mutating func append(string text: UnsafeBufferPointer<UInt8>) {
        bytes.append(UInt8(ascii: "\""))
        var start = 0
        for position in text.indices {
            let byte = text[position]
            // RFC 8259 §7: these must be escaped, and nothing else.
            guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<position]))
            appendEscape(byte)
            start = position + 1
        }
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start...]))
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func appendEscape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): append("\\\"")
        case UInt8(ascii: "\\"): append("\\\\")
        case 0x0A: append("\\n")
        default:
            append("\\u00")
            bytes.append(byte < 0x10 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
            let low = byte & 0x0F
            bytes.append(low < 10 ? 48 + low : 87 + low)
        }
    }
}
