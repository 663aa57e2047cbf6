/// The content transfer encoding `quoted-printable` (RFC 2045 §6.7).
enum QuotedPrintable {
    /// RFC 2045 §6.7 (5): 76 characters a line, the `=` of a soft line break among them.
    static let longestLine = 76

    /// Appends the encoding of `text`, whose lines end in LF, with lines that end in CRLF.
    ///
    /// Beyond what the RFC demands, a dot and `From ` at the start of a line are encoded: relays that don't undo the
    /// dot-stuffing, and mailboxes that put `>` before `From `, then change nothing.
    static func append(_ text: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) {
        var column = 0
        var position = 0
        while position < text.count {
            let byte = text[position]
            if byte == lineFeed {
                output.append(0x0D)
                output.append(lineFeed)
                column = 0
                position += 1
                continue
            }
            if column == 0, byte == UInt8(ascii: ".") || startsWithFrom(text, position) {
                appendEscaped(byte, to: &output)
                column = 3
                position += 1
                continue
            }
            if isPlain[Int(byte)] {
                let end = min(text.count, position + longestLine - 1 - column)
                if end > position {
                    var next = position + 1
                    while next < end, isPlain[Int(text[next])] { next += 1 }
                    // A blank before the end of a line may get lost: it is left to the code below.
                    if isBlank(text[next - 1]), isLineEnd(text, next) { next -= 1 }
                    if next > position {
                        output.append(contentsOf: UnsafeBufferPointer(rebasing: text[position..<next]))
                        column += next - position
                        position = next
                        continue
                    }
                }
            }
            let isLiteral = isPlain[Int(byte)] && !(isBlank(byte) && isLineEnd(text, position + 1))
            let width = isLiteral ? 1 : 3
            if column + width > longestLine - 1 {
                output.append(contentsOf: softBreak)
                column = 0
                continue
            }
            if isLiteral { output.append(byte) } else { appendEscaped(byte, to: &output) }
            column += width
            position += 1
        }
        if column > 0 {
            output.append(0x0D)
            output.append(lineFeed)
        }
    }

    /// 0–15 as 0–9, A–F.
    static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? 48 + value : 55 + value
    }

    private static func appendEscaped(_ byte: UInt8, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "="))
        output.append(hexDigit(byte >> 4))
        output.append(hexDigit(byte & 15))
    }

    private static func startsWithFrom(_ text: UnsafeBufferPointer<UInt8>, _ position: Int) -> Bool {
        position + 4 < text.count && text[position] == UInt8(ascii: "F") && text[position + 1] == UInt8(ascii: "r")
            && text[position + 2] == UInt8(ascii: "o") && text[position + 3] == UInt8(ascii: "m")
            && text[position + 4] == UInt8(ascii: " ")
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private static func isLineEnd(_ text: UnsafeBufferPointer<UInt8>, _ position: Int) -> Bool {
        position >= text.count || text[position] == lineFeed
    }

    private static let lineFeed: UInt8 = 0x0A
    private static let softBreak = [UInt8]("=\r\n".utf8)

    /// Bytes that stand for themselves within a line: RFC 2045 §6.7 (2) and (3).
    private static let isPlain: [Bool] = (0...255).map { byte in
        (0x20...0x7E).contains(byte) && byte != 0x3D || byte == 0x09
    }
}
