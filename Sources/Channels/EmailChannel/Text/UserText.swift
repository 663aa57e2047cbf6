import RemindersDomain

/// Puts text that people wrote into a mail: what is invisible and does harm is taken out, markup is escaped.
///
/// Taken out are control characters (C0, DEL, C1) and the characters that turn the direction of the text around
/// (U+202A–U+202E, U+2066–U+2069; Unicode TR 36 §3.1): they would change how the rest of the mail is shown.
///
/// In a body, a line that mail programs take for the end of what there is to read, or for the begin of something else,
/// gets a zero-width space in front: see `CutLine`.
///
/// HTML is escaped byte by byte, so that a quote is found even where a combining mark follows it. (Compared as a
/// `Character`, as swift-mustache does, the two are one character other than the quote, and it stays as it is.)
struct UserText {
    /// What the text is put into.
    enum Destination {
        case plain
        case html
    }

    /// What becomes of the ends of lines.
    enum Lines {
        /// A blank.
        case joined
        /// A line feed; in HTML `<br>` before it.
        case kept
    }

    let destination: Destination
    let lines: Lines
    /// Whether it stands in the body of a mail, where it may be a line of its own.
    var isInBody = false

    /// Appends `text` to `output`.
    func append(_ text: String, to output: inout [UInt8]) {
        var text = isInBody ? WrittenLinks.undisguised(text) : text
        text.withUTF8 { append($0, to: &output) }
    }

    /// Appends `text`, which is valid UTF-8, to `output`.
    private func append(_ text: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) {
        appendMark(at: 0, of: text, to: &output)
        var start = 0
        var position = 0
        while position < text.count {
            let kind = UserText.kinds[Int(text[position])]
            if kind == .ordinary || (kind == .markup && destination == .plain) {
                position += 1
                continue
            }
            if kind == .lead, !UserText.isRemovedOrLine(text, position) {
                position += 1
                continue
            }
            output.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<position]))
            let isLine = lines == .kept && UserText.isLineEnd(text, position)
            position += appendSpecial(text, position, to: &output)
            if isLine { appendMark(at: position, of: text, to: &output) }
            start = position
        }
        output.append(contentsOf: UnsafeBufferPointer(rebasing: text[start...]))
    }

    /// Appends what stands for the character at `position` and returns how many bytes it has.
    private func appendSpecial(_ text: UnsafeBufferPointer<UInt8>, _ position: Int, to output: inout [UInt8]) -> Int {
        switch text[position] {
        case UInt8(ascii: "&"): output.append(contentsOf: UserText.ampersand)
        case UInt8(ascii: "<"): output.append(contentsOf: UserText.less)
        case UInt8(ascii: ">"): output.append(contentsOf: UserText.greater)
        case UInt8(ascii: "\""): output.append(contentsOf: UserText.quote)
        case UInt8(ascii: "'"): output.append(contentsOf: UserText.apostrophe)
        case 0x09: output.append(lines == .kept ? 0x09 : 0x20)
        case 0x0D:
            appendLineEnd(to: &output)
            return position + 1 < text.count && text[position + 1] == 0x0A ? 2 : 1
        case 0x0A, 0x0B, 0x0C: appendLineEnd(to: &output)
        case 0xC2:
            if text[position + 1] == 0x85 { appendLineEnd(to: &output) }
            return 2
        case 0xE2:
            if text[position + 1] == 0x80, text[position + 2] | 1 == 0xA9 { appendLineEnd(to: &output) }
            return 3
        default: break
        }
        return 1
    }

    /// Keeps the line that begins at `position` from being more than text.
    private func appendMark(at position: Int, of text: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) {
        guard isInBody, CutLine.begins(in: text, at: position) else { return }
        output.append(contentsOf: destination == .html ? UserText.zeroWidthEntity : UserText.zeroWidthSpace)
    }

    private func appendLineEnd(to output: inout [UInt8]) {
        switch (lines, destination) {
        case (.joined, _): output.append(0x20)
        case (.kept, .plain): output.append(0x0A)
        case (.kept, .html): output.append(contentsOf: UserText.lineBreak)
        }
    }

    /// Whether a line ends with the character at `position`: CR, LF, VT, FF, U+0085, U+2028 or U+2029.
    static func isLineEnd(_ text: UnsafeBufferPointer<UInt8>, _ position: Int) -> Bool {
        switch text[position] {
        case 0x0A...0x0D: true
        case 0xC2: text[position + 1] == 0x85
        case 0xE2: text[position + 1] == 0x80 && text[position + 2] | 1 == 0xA9
        default: false
        }
    }

    /// Whether at a byte C2 or E2 begins a character that doesn't stay: U+0080–U+009F, U+2028–U+202E, U+2066–U+2069.
    static func isRemovedOrLine(_ text: UnsafeBufferPointer<UInt8>, _ position: Int) -> Bool {
        let second = text[position + 1]
        if text[position] == 0xC2 { return second < 0xA0 }
        let third = text[position + 2]
        return (second == 0x80 && (0xA8...0xAE).contains(third)) || (second == 0x81 && (0xA6...0xA9).contains(third))
    }

    private enum Kind: UInt8 {
        case ordinary
        /// Stands for something else in HTML.
        case markup
        /// May begin a character that doesn't stay.
        case lead
        case control
    }

    private static let kinds: [Kind] = (0...255).map { byte in
        switch UInt8(byte) {
        case 0..<0x20, 0x7F: .control
        case 0xC2, 0xE2: .lead
        case UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""), UInt8(ascii: "'"): .markup
        default: .ordinary
        }
    }

    private static let ampersand = [UInt8]("&amp;".utf8)
    private static let less = [UInt8]("&lt;".utf8)
    private static let greater = [UInt8]("&gt;".utf8)
    private static let quote = [UInt8]("&quot;".utf8)
    private static let apostrophe = [UInt8]("&#39;".utf8)
    private static let zeroWidthSpace = [UInt8]("\u{200B}".utf8)
    private static let zeroWidthEntity = [UInt8]("&#8203;".utf8)
    private static let lineBreak = [UInt8]("<br>\n".utf8)
}
