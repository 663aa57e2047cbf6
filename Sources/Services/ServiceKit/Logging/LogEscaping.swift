/// Keeps a log line one line, and a terminal unharmed by what it shows.
enum LogEscaping {
    /// Appends text as it may stand inside a JSON string (RFC 8259 section 7).
    ///
    /// Beyond what JSON demands, this escapes DEL, the C1 controls, the Unicode line separators and the controls of
    /// writing direction: readers of logs split lines at some of them, and terminals obey others.
    static func append(_ text: some StringProtocol, to line: inout [UInt8]) {
        var text = String(text)
        text.withUTF8 { bytes in
            if bytes.allSatisfy(isPlain) {
                line.append(contentsOf: bytes)
                return
            }
            var index = 0
            while index < bytes.count {
                index += append(bytes, at: index, to: &line)
            }
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    /// Appends one scalar or byte and returns how many bytes it took.
    private static func append(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int, to line: inout [UInt8]) -> Int {
        let byte = bytes[index]
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): line += [UInt8(ascii: "\\"), byte]
        case UInt8(ascii: "\n"): line += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
        case UInt8(ascii: "\r"): line += [UInt8(ascii: "\\"), UInt8(ascii: "r")]
        case UInt8(ascii: "\t"): line += [UInt8(ascii: "\\"), UInt8(ascii: "t")]
        case 0..<0x20, 0x7F: appendCode(UInt16(byte), to: &line)
        case 0xC2 where index + 1 < bytes.count && bytes[index + 1] < 0xA0:
            appendCode(UInt16(bytes[index + 1]), to: &line)
            return 2
        case 0xE2 where index + 2 < bytes.count && isSeparatorOrDirection(bytes[index + 1], bytes[index + 2]):
            appendCode(0x2000 | UInt16(bytes[index + 1] & 0x3F) << 6 | UInt16(bytes[index + 2] & 0x3F), to: &line)
            return 3
        default: line.append(byte)
        }
        return 1
    }

    /// The second and third byte of U+2028…U+202E and U+2066…U+2069.
    private static func isSeparatorOrDirection(_ second: UInt8, _ third: UInt8) -> Bool {
        (second == 0x80 && (0xA8...0xAE).contains(third)) || (second == 0x81 && (0xA6...0xA9).contains(third))
    }

    private static func appendCode(_ code: UInt16, to line: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        line += [UInt8(ascii: "\\"), UInt8(ascii: "u")]
        for shift in [12, 8, 4, 0] { line.append(digits[Int(code >> UInt16(shift)) & 0xF]) }
    }
}
