/// Text of the other side, made fit for a log line and a column.
enum ReplyText {
    /// The most that is kept, in characters.
    static let limit = 500

    /// One line: control characters (line ends, escape sequences) become blanks, what is not UTF-8 becomes U+FFFD.
    static func clean(_ bytes: some Collection<UInt8>) -> String {
        let text = String(decoding: bytes.prefix(limit * 4), as: UTF8.self)
        let isPlain = text.utf8.count <= limit && text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f }
        if isPlain { return text }
        var cleaned = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            guard cleaned.count < limit else { break }
            cleaned.append(isHarmful(scalar) ? " " : scalar)
        }
        return String(cleaned)
    }

    static func clean(_ text: String) -> String {
        clean(text.utf8)
    }

    /// Controls, and the marks that turn or split a line where it is shown.
    private static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .format, .surrogate: true
        default: false
        }
    }
}
