import RemindersDomain

/// Puts text that people wrote into a post so that it is shown as it was written and does nothing: it mentions
/// nobody, links only where a URL is written out, and formats nothing.
///
/// What Mattermost makes of a text is in its fork of marked (https://github.com/mattermost/marked, lib/marked.js) and,
/// before that, in the server's Slack compatibility (server/channels/app/slack.go: `<!channel>` becomes `@channel`;
/// server/public/model/slack_attachment.go: `<url|text>` becomes a link). Hence:
///
/// - a zero-width space after `@` and `~`: a backslash is gone before mentions and channel links are looked for;
/// - `<` and `&` as entities, and `>` at the start of a line: so no `<!channel>`, and no `&#64;channel` that turns into one;
/// - a backslash before the rest of what marked's rule `escape` knows and that formats here;
/// - a zero-width space within what becomes a picture or a link to a search: see `PostPicture`;
/// - lines without blanks before them, since four make a code block;
/// - URLs left alone but for characters that mean something here, which are percent-encoded.
///
/// A backslash does not help against mentions, pictures and hashtags: marked joins the texts before and behind an
/// escape before it asks for them.
///
/// The title of an attachment with a link, and its fallback, are shown without Markdown (webapp/channels/src/
/// components/post_view/message_attachments/message_attachment/message_attachment.tsx), so they are `.plain`: there
/// only mentions, channel links, `<!channel>` and pictures are taken apart.
///
/// Control characters and those that turn the direction of text around (U+202A–U+202E, U+2066–U+2069) are taken out
/// first, so that nothing becomes something only because they are gone.
struct PostText {
    /// How the text is shown.
    enum Format {
        /// As Markdown.
        case markdown
        /// As it is.
        case plain
    }

    /// What becomes of the ends of lines.
    enum Lines {
        /// A blank.
        case joined
        /// A line feed.
        case kept
    }

    private(set) var bytes: [UInt8] = []
    private let format: Format
    private let lines: Lines
    /// Whether nothing but blanks, which are dropped, has come on this line.
    private var atLineStart: Bool

    /// The text, made harmless.
    static func bytes(_ text: String, _ format: Format = .markdown, lines: Lines = .joined) -> [UInt8] {
        var text = text.unicodeScalars.contains(where: isTakenOut) ? withoutInvisible(text) : text
        text = WrittenLinks.undisguised(text)
        return text.withUTF8 { source in
            var markdown = PostText(format, lines, capacity: source.count + source.count / 8 + 16)
            markdown.append(source)
            return markdown.bytes
        }
    }

    private init(_ format: Format, _ lines: Lines, capacity: Int) {
        self.format = format
        self.lines = lines
        atLineStart = format == .markdown
        bytes.reserveCapacity(capacity)
    }

    private mutating func append(_ text: UnsafeBufferPointer<UInt8>) {
        var position = 0
        while position < text.count {
            let length = atLineStart ? appendLineStart(text, position) : appendInLine(text, position)
            position += length
        }
    }

    /// Appends what stands for the character at `position`, the first of its line, and returns how many bytes it has.
    private mutating func appendLineStart(_ text: UnsafeBufferPointer<UInt8>, _ position: Int) -> Int {
        if let blank = PostText.blank(text, position) { return blank }
        let byte = text[position]
        switch byte {
        case UInt8(ascii: "-"), UInt8(ascii: "+"):
            atLineStart = false
            bytes.append(PostText.backslash)
            bytes.append(byte)
            return 1
        case UInt8(ascii: "="):
            // The line under a heading. marked has no escape for it.
            atLineStart = false
            bytes.append(contentsOf: PostText.zeroWidthSpace)
            bytes.append(byte)
            return 1
        case 0x30...0x39:
            // A number before a dot or bracket is an item of a list.
            atLineStart = false
            var end = position
            while end < text.count, (0x30...0x39).contains(text[end]) { end += 1 }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[position..<end]))
            if end < text.count, text[end] == UInt8(ascii: ".") || text[end] == UInt8(ascii: ")") {
                bytes.append(PostText.backslash)
                bytes.append(text[end])
                end += 1
            }
            return end - position
        default:
            let before = bytes.count
            let length = appendInLine(text, position)
            if bytes.count > before, bytes.last != PostText.lineFeed { atLineStart = false }
            return length
        }
    }

    /// Appends what stands for the character or URL at `position` and returns how many bytes it has.
    private mutating func appendInLine(_ text: UnsafeBufferPointer<UInt8>, _ position: Int) -> Int {
        let byte = text[position]
        switch byte {
        case UInt8(ascii: "@"), UInt8(ascii: "~"):
            bytes.append(byte)
            bytes.append(contentsOf: PostText.zeroWidthSpace)
        case 0x09: bytes.append(0x20)
        case 0x0D:
            appendLineEnd()
            return position + 1 < text.count && text[position + 1] == PostText.lineFeed ? 2 : 1
        case PostText.lineFeed, 0x0B, 0x0C: appendLineEnd()
        case 0xC2, 0xE2: return appendRare(text, position)
        case UInt8(ascii: ":"), UInt8(ascii: ";"), UInt8(ascii: "x"), UInt8(ascii: "X"):
            bytes.append(byte)
            if PostPicture.begins(in: text, at: position) { bytes.append(contentsOf: PostText.zeroWidthSpace) }
        default: return format == .markdown ? appendMarkup(text, position) : appendPlain(byte)
        }
        return 1
    }

    private mutating func appendPlain(_ byte: UInt8) -> Int {
        bytes.append(byte)
        // `<!channel>` becomes a mention before anything is shown.
        if byte == UInt8(ascii: "<") { bytes.append(contentsOf: PostText.zeroWidthSpace) }
        return 1
    }

    private mutating func appendMarkup(_ text: UnsafeBufferPointer<UInt8>, _ position: Int) -> Int {
        let byte = text[position]
        switch byte {
        case UInt8(ascii: "h"), UInt8(ascii: "H"):
            if let end = BareURL.end(in: text, from: position) {
                BareURL.append(text, position..<end, to: &bytes)
                if BareURL.swallowsNext(text, end) { bytes.append(0x20) }
                return end - position
            }
            bytes.append(byte)
        case UInt8(ascii: "<"):
            bytes.append(contentsOf: PostText.less)
            if PostPicture.begins(in: text, at: position) { bytes.append(contentsOf: PostText.zeroWidthSpace) }
        case UInt8(ascii: "$"):
            // A second one on the line may make a formula of what is between them.
            let other = text.contains(byte, besides: position)
            if other { bytes.append(contentsOf: PostText.dollar) } else { bytes.append(byte) }
        case UInt8(ascii: ">"):
            // It means something at the start of a line only, and it ends a URL, which `&gt;` would not.
            if atLineStart { bytes.append(contentsOf: PostText.greater) } else { bytes.append(byte) }
        case UInt8(ascii: "&"): bytes.append(contentsOf: PostText.ampersand)
        case UInt8(ascii: "`"), UInt8(ascii: "*"), UInt8(ascii: "_"), UInt8(ascii: "["), UInt8(ascii: "]"),
            UInt8(ascii: "|"):
            bytes.append(PostText.backslash)
            bytes.append(byte)
        case UInt8(ascii: "#"):
            bytes.append(PostText.backslash)
            bytes.append(byte)
            // A letter after it makes a hashtag, of whatever alphabet.
            if position + 1 < text.count, text[position + 1] >= 0x41,
                BareURL.isWordByte(text[position + 1])
                    || text[position + 1] >= 0x80
            {
                bytes.append(contentsOf: PostText.zeroWidthSpace)
            }
        case PostText.backslash:
            bytes.append(byte)
            // marked takes two backslashes for one only where no word character follows; before one, a single
            // backslash stands for itself. (An underscore gets a backslash of its own, so it doesn't follow.)
            let next = position + 1 < text.count ? text[position + 1] : 0
            if !BareURL.isWordByte(next) || next == UInt8(ascii: "_") { bytes.append(byte) }
        default: bytes.append(byte)
        }
        return 1
    }

    /// The characters that begin with C2 or E2, some of which end a line.
    private mutating func appendRare(_ text: UnsafeBufferPointer<UInt8>, _ position: Int) -> Int {
        let second = text[position + 1]
        if text[position] == 0xC2 {
            if second == 0x85 { appendLineEnd() } else { bytes.append(contentsOf: [0xC2, second]) }
            return 2
        }
        let third = text[position + 2]
        switch (second, third) {
        case (0x80, 0xA8), (0x80, 0xA9): appendLineEnd()
        // See `blank`.
        case (0x90, 0xA4): bytes.append(0x20)
        default: bytes.append(contentsOf: [0xE2, second, third])
        }
        return 3
    }

    private mutating func appendLineEnd() {
        switch lines {
        case .joined:
            if !atLineStart { bytes.append(0x20) }
        case .kept:
            bytes.append(PostText.lineFeed)
            atLineStart = format == .markdown
        }
    }

    /// How many bytes a blank at `position` has: a space, a tab, or U+00A0 and U+2424, of which marked
    /// makes a space and a line feed.
    private static func blank(_ text: UnsafeBufferPointer<UInt8>, _ position: Int) -> Int? {
        switch text[position] {
        case 0x20, 0x09: 1
        case 0xC2 where text[position + 1] == 0xA0: 2
        case 0xE2 where text[position + 1] == 0x90 && text[position + 2] == 0xA4: 3
        default: nil
        }
    }

    /// Controls that neither are white space nor end a line, and what turns the direction around.
    private static func isTakenOut(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09...0x0D, 0x85: false
        case 0..<0x20, 0x7F..<0xA0, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    private static func withoutInvisible(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.lazy.filter { !isTakenOut($0) }))
    }

    private static let lineFeed: UInt8 = 0x0A
    private static let backslash = UInt8(ascii: "\\")
    static let zeroWidthSpace = [UInt8]("\u{200B}".utf8)
    private static let less = [UInt8]("&lt;".utf8)
    private static let greater = [UInt8]("&gt;".utf8)
    private static let ampersand = [UInt8]("&amp;".utf8)
    private static let dollar = [UInt8]("&#36;".utf8)
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether `byte` is anywhere but at `position`.
    fileprivate func contains(_ byte: UInt8, besides position: Int) -> Bool {
        self[..<position].contains(byte) || self[(position + 1)...].contains(byte)
    }
}
