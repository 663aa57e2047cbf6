/// Encoded words (RFC 2047): how text beyond ASCII stands in a header.
enum EncodedWord {
    /// RFC 2047 §2: an encoded word has at most 75 characters, a line with one at most 76.
    static let longestWord = 75
    /// See `longestWord`.
    static let longestLine = 76

    /// Appends `text` as encoded words, each on a line of its own from the second one on, never with a character
    /// split between two.
    ///
    /// Q or B is taken, whichever is shorter. Q encodes all that RFC 2047 §5 (3) reserves in a display name, so that
    /// the words are right there too.
    ///
    /// - Parameters:
    ///   - text: valid UTF-8.
    ///   - column: how many characters the line already has.
    /// - Returns: how many characters the last line has now.
    static func append(_ text: UnsafeBufferPointer<UInt8>, to output: inout [UInt8], column: Int) -> Int {
        let base64 = (text.count + 2) / 3 * 4 < quotedLength(text[...])
        var column = column
        var position = 0
        while position < text.count {
            var room = min(longestWord, longestLine - column) - frame
            var end =
                base64 ? wholeBase64(text, from: position, room: room) : wholeQuoted(text, from: position, room: room)
            if end == position {
                fold(&output, &column)
                room = longestWord - frame
                end =
                    base64
                    ? wholeBase64(text, from: position, room: room) : wholeQuoted(text, from: position, room: room)
            }
            let start = output.count
            output.append(contentsOf: base64 ? base64Prefix : quotedPrefix)
            if base64 {
                appendBase64(text[position..<end], to: &output)
            } else {
                appendQuoted(text[position..<end], to: &output)
            }
            output.append(UInt8(ascii: "?"))
            output.append(UInt8(ascii: "="))
            column += output.count - start
            position = end
            if position < text.count { fold(&output, &column) }
        }
        return column
    }

    private static func fold(_ output: inout [UInt8], _ column: inout Int) {
        // The blank before the fold is the writer's; two would be a line of blanks.
        if output.last == 0x20 { output.removeLast() }
        output.append(contentsOf: HeaderWriter.fold)
        column = 1
    }

    /// The end of the longest run of whole characters from `position` whose Q encoding takes at most `room`.
    private static func wholeQuoted(_ text: UnsafeBufferPointer<UInt8>, from position: Int, room: Int) -> Int {
        var end = position
        var used = 0
        while end < text.count {
            let next = characterEnd(text, end)
            used += quotedLength(text[end..<next])
            if used > room { break }
            end = next
        }
        return end
    }

    private static func wholeBase64(_ text: UnsafeBufferPointer<UInt8>, from position: Int, room: Int) -> Int {
        let limit = position + max(0, room) / 4 * 3
        if limit >= text.count { return text.count }
        var end = limit
        while end > position, isContinuation(text[end]) { end -= 1 }
        return end
    }

    private static func quotedLength(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Int {
        bytes.reduce(0) { $0 + (isQuotedPlain($1) || $1 == 0x20 ? 1 : 3) }
    }

    private static func characterEnd(_ text: UnsafeBufferPointer<UInt8>, _ position: Int) -> Int {
        var end = position + 1
        while end < text.count, isContinuation(text[end]) { end += 1 }
        return end
    }

    private static func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }

    /// RFC 2047 §5 (3).
    private static func isQuotedPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "!"), UInt8(ascii: "*"), UInt8(ascii: "+"),
            UInt8(ascii: "-"), UInt8(ascii: "/"):
            true
        default: false
        }
    }

    private static func appendQuoted(_ bytes: Slice<UnsafeBufferPointer<UInt8>>, to output: inout [UInt8]) {
        for byte in bytes {
            if byte == 0x20 {
                output.append(UInt8(ascii: "_"))
            } else if isQuotedPlain(byte) {
                output.append(byte)
            } else {
                output.append(UInt8(ascii: "="))
                output.append(QuotedPrintable.hexDigit(byte >> 4))
                output.append(QuotedPrintable.hexDigit(byte & 15))
            }
        }
    }

    private static func appendBase64(_ bytes: Slice<UnsafeBufferPointer<UInt8>>, to output: inout [UInt8]) {
        var position = bytes.startIndex
        while position < bytes.endIndex {
            let count = min(3, bytes.endIndex - position)
            var group: UInt32 = 0
            for offset in 0..<3 {
                group = group << 8 | (offset < count ? UInt32(bytes[position + offset]) : 0)
            }
            for digit in 0..<4 {
                let value = Int(group >> UInt32(18 - 6 * digit)) & 63
                output.append(digit <= count ? alphabet[value] : UInt8(ascii: "="))
            }
            position += count
        }
    }

    private static let quotedPrefix = [UInt8]("=?UTF-8?Q?".utf8)
    private static let base64Prefix = [UInt8]("=?UTF-8?B?".utf8)
    /// Characters of an encoded word that aren't its text: `=?UTF-8?Q?` and `?=`.
    private static let frame = 12
    private static let alphabet = [UInt8]("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
}
