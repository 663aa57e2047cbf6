/// Text as it stands inside a JSON string (RFC 8259 section 7).
public enum JSONString {
    /// What is escaped beyond what JSON demands.
    public enum Escaping: Sendable {
        /// U+2028 and U+2029, so that the text may also stand in JavaScript source.
        case forScripts
        /// Also DEL, the C1 controls and what Unicode calls a format character, but for the two joiners: readers of logs
        /// split lines at some of them, terminals obey others, and others turn a line round or hide in it. They are those
        /// of Domain's `VisibleText`, and a test compares the two.
        case forTerminals
    }

    /// Appends text without its quotes.
    ///
    /// - Parameter text: UTF-8. What is cut off within a character stays so.
    public static func append(
        _ text: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8], _ escaping: Escaping = .forScripts
    ) {
        var start = 0
        var position = 0
        while position < text.count {
            let byte = text[position]
            // All that may need a closer look: quote, backslash, controls, and what the others begin with.
            if byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte != 0x7F,
                byte < 0xC2 || escaping == .forScripts && byte != 0xE2
            {
                position += 1
                continue
            }
            let (length, code) = scalar(text, position, escaping)
            if let code {
                bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<position]))
                append(code, to: &bytes)
                start = position + length
            }
            position += length
        }
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start...]))
    }

    /// Appends text without its quotes.
    public static func append(
        _ text: some StringProtocol, to bytes: inout [UInt8], _ escaping: Escaping = .forScripts
    ) {
        var text = String(text)
        text.withUTF8 { append($0, to: &bytes, escaping) }
    }

    /// How many bytes to go on by, and the number of the character that begins here if that is to be escaped.
    private static func scalar(
        _ text: UnsafeBufferPointer<UInt8>, _ position: Int, _ escaping: Escaping
    ) -> (length: Int, code: UInt32?) {
        let byte = text[position]
        switch byte {
        case 0..<0x20, UInt8(ascii: "\""), UInt8(ascii: "\\"): return (1, UInt32(byte))
        case 0x7F where escaping == .forTerminals: return (1, 0x7F)
        case 0xC2...0xF4:
            guard let scalar = decoded(text, position) else { return (1, nil) }
            let length = UTF8.width(scalar)
            switch scalar.properties.generalCategory {
            case .lineSeparator, .paragraphSeparator: return (length, scalar.value)
            case .control where escaping == .forTerminals: return (length, scalar.value)
            case .format where escaping == .forTerminals && scalar != "\u{200C}" && scalar != "\u{200D}":
                return (length, scalar.value)
            default: return (length, nil)
            }
        default: return (1, nil)
        }
    }

    /// The character that begins here; nil where none does, or it is cut off.
    private static func decoded(_ text: UnsafeBufferPointer<UInt8>, _ position: Int) -> Unicode.Scalar? {
        var decoder = UTF8()
        var bytes = text[position...].prefix(4).makeIterator()
        if case .scalarValue(let scalar) = decoder.decode(&bytes) { return scalar }
        return nil
    }

    private static func append(_ code: UInt32, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\\"))
        switch code {
        case 0x22, 0x5C: bytes.append(UInt8(code))
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0..<0x1_0000: appendUnit(code, to: &bytes)
        default:
            appendUnit(0xD800 + (code - 0x1_0000) >> 10, to: &bytes)
            bytes.append(UInt8(ascii: "\\"))
            appendUnit(0xDC00 + (code - 0x1_0000) & 0x3FF, to: &bytes)
        }
    }

    private static func appendUnit(_ unit: UInt32, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "u"))
        for shift in [12, 8, 4, 0] as [UInt32] {
            let digit = UInt8(truncatingIfNeeded: unit >> shift & 0xF)
            bytes.append(digit < 10 ? 48 + digit : 87 + digit)
        }
    }
}
