/// Text as it stands inside a JSON string (RFC 8259 section 7).
public enum JSONString {
    /// What is escaped beyond what JSON demands.
    public enum Escaping: Sendable {
        /// U+2028 and U+2029, so that the text may also stand in JavaScript source.
        case forScripts
        /// Also DEL, the C1 controls and the controls of writing direction: readers of logs split lines at some of them,
        /// and terminals obey others.
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
            if byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte != 0x7F, byte != 0xC2,
                byte != 0xE2
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
    ) -> (length: Int, code: UInt16?) {
        let byte = text[position]
        switch byte {
        case 0..<0x20, UInt8(ascii: "\""), UInt8(ascii: "\\"): return (1, UInt16(byte))
        case 0x7F where escaping == .forTerminals: return (1, 0x7F)
        // U+0080 to U+009F.
        case 0xC2 where escaping == .forTerminals && position + 1 < text.count && text[position + 1] < 0xA0:
            return (2, UInt16(text[position + 1]))
        case 0xE2 where position + 2 < text.count:
            let code = 0x2000 | UInt16(text[position + 1] & 0x3F) << 6 | UInt16(text[position + 2] & 0x3F)
            let isEscaped =
                code == 0x2028 || code == 0x2029
                || escaping == .forTerminals && ((0x202A...0x202E).contains(code) || (0x2066...0x2069).contains(code))
            return (3, isEscaped ? code : nil)
        default: return (1, nil)
        }
    }

    private static func append(_ code: UInt16, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\\"))
        switch code {
        case 0x22, 0x5C: bytes.append(UInt8(code))
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        default:
            bytes.append(UInt8(ascii: "u"))
            for shift in [12, 8, 4, 0] as [UInt16] {
                let digit = UInt8(truncatingIfNeeded: code >> shift & 0xF)
                bytes.append(digit < 10 ? 48 + digit : 87 + digit)
            }
        }
    }
}
