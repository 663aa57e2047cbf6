/// A URL written out in a text. Mattermost makes it a link by itself, and a backslash in it would break it.
enum BareURL {
    /// Where an http or https URL that begins at `position` ends, or nil if none begins there.
    ///
    /// It goes on to the first character that no URL has (RFC 3986 §2), the first beyond ASCII that is a blank or
    /// invisible, or a closing bracket that was not opened in it.
    static func end(in text: UnsafeBufferPointer<UInt8>, from position: Int) -> Int? {
        // An underscore is escaped, and so doesn't belong to the word that marked sees.
        if position > 0, isWordByte(text[position - 1]), text[position - 1] != UInt8(ascii: "_") { return nil }
        guard let path = schemeEnd(in: text, from: position) else { return nil }
        var end = path
        var open = 0
        while end < text.count, text[end] > 0x20, !ending.contains(text[end]) {
            // U+0080–U+00A0, and what is below U+2080 or like U+2424.
            if text[end] == 0xC2, text[end + 1] <= 0xA0 { break }
            if text[end] == 0xE2, text[end + 1] == 0x80 || text[end + 1] == 0x81 || text[end + 1] == 0x90 { break }
            if text[end] == UInt8(ascii: "(") { open += 1 }
            if text[end] == UInt8(ascii: ")") {
                if open == 0 { break }
                open -= 1
            }
            end += 1
        }
        return end > path ? end : nil
    }

    /// Where `http://` or `https://` that begins at `position` ends, or nil.
    static func schemeEnd(in text: UnsafeBufferPointer<UInt8>, from position: Int) -> Int? {
        ["https://", "http://"].lazy.compactMap { matches($0, text, position) }.first
    }

    /// Appends a URL; characters that mean something in a post but nothing special in a URL are percent-encoded.
    ///
    /// So are underscores at its end: marked takes them, as it takes other marks there, for the text that follows. And
    /// so is a colon before a bracket: there marked ends the URL, and takes the two for an emoticon. A colon at the end
    /// gets a zero-width space behind it for the same reason.
    static func append(_ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, to bytes: inout [UInt8]) {
        let end = text[range].lastIndex { $0 != UInt8(ascii: "_") && !trailing.contains($0) } ?? range.lowerBound
        let colon = UInt8(ascii: ":")
        for index in range {
            let byte = text[index]
            let next = index + 1 < range.upperBound ? text[index + 1] : 0
            let isBeforeBracket = byte == colon && (next == UInt8(ascii: "(") || next == UInt8(ascii: ")"))
            if encoded.contains(byte) || isBeforeBracket || (byte == UInt8(ascii: "_") && index > end) {
                appendEncoded(byte, to: &bytes)
            } else {
                bytes.append(byte)
            }
            if index > end, byte == colon, PostPicture.begins(in: text, at: index, isAfterLink: true) {
                bytes.append(contentsOf: PostText.zeroWidthSpace)
            }
        }
    }

    /// Whether marked would take what follows the URL that ends at `end` for a part of it.
    static func swallowsNext(_ text: UnsafeBufferPointer<UInt8>, _ end: Int) -> Bool {
        guard end < text.count else { return false }
        switch text[end] {
        // These are escaped, with a character that a URL may have.
        case UInt8(ascii: "<"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "|"), UInt8(ascii: "\\"),
            UInt8(ascii: "`"):
            return true
        case UInt8(ascii: ">"), UInt8(ascii: "\""): return end + 1 < text.count && text[end + 1] > 0x20
        default: return false
        }
    }

    /// Appends a byte percent-encoded (RFC 3986 §2.1).
    static func appendEncoded(_ byte: UInt8, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "%"))
        bytes.append(hexDigit(byte >> 4))
        bytes.append(hexDigit(byte & 15))
    }

    /// Letters, digits and the underscore of ASCII: JavaScript's `\w`.
    static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"): true
        default: false
        }
    }

    private static func matches(_ scheme: String, _ text: UnsafeBufferPointer<UInt8>, _ position: Int) -> Int? {
        guard position + scheme.utf8.count <= text.count else { return nil }
        for (offset, expected) in scheme.utf8.enumerated() {
            let byte = text[position + offset]
            guard byte == expected || ((0x41...0x5A).contains(byte) && byte | 0x20 == expected) else { return nil }
        }
        return position + scheme.utf8.count
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? 48 + value : 55 + value
    }

    private static let ending = [UInt8]("<>\"`[]|\\\u{7F}".utf8)
    private static let trailing = [UInt8]("?!.,:*~'\"".utf8)
    /// The semicolon because of entities: `&#64;`.
    private static let encoded = [UInt8]("@~*;".utf8)
}
