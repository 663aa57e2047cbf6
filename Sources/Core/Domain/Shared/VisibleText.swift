/// What others wrote, as it may be shown where text is taken as it comes: a terminal, a line of a log.
///
/// Characters that nobody sees can move the cursor, hide what stands before them, turn the order of letters round, or make
/// a line look like two. They are shown as `\u001B`: as JSON writes them, so that JSON stays the same JSON.
public enum VisibleText {
    /// The text with escapes for control characters (C0, DEL, C1), for what turns the direction of writing, for line and
    /// paragraph separators, and for what has no width but for the two joiners that scripts and emoji need. A text of which
    /// nothing can be seen is escaped as a whole, blanks excepted.
    ///
    /// - Parameter keepingLineFeeds: for a text that has lines.
    public static func escaped(_ text: String, keepingLineFeeds: Bool = false) -> String {
        // Most texts: printable ASCII.
        if text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) { return text }
        let nothingIsSeen = isInvisible(text)
        var escaped = ""
        for scalar in text.unicodeScalars {
            let isKept = scalar == " " || keepingLineFeeds && scalar == "\n"
            if !isKept, nothingIsSeen ? isInvisible(scalar) : actsUnseen(scalar) {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16, uppercase: true)
                    escaped += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            } else {
                escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// Whether nothing of a text can be seen: also of an empty one. The function `is_visible` of the database says the
    /// opposite, and a test compares the two.
    public static func isInvisible(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy(isInvisible)
    }

    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        invisible.contains { $0.contains(scalar.value) }
    }

    private static func actsUnseen(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        case .format: scalar != "\u{200C}" && scalar != "\u{200D}"
        default: false
        }
    }

    /// Blanks, controls, and what Unicode calls ignorable by default (DerivedCoreProperties.txt), with the empty pattern of
    /// Braille; written out, since other versions of Unicode know others.
    static let invisible: [ClosedRange<UInt32>] = [
        0x00...0x20, 0x7F...0xA0, 0xAD...0xAD, 0x34F...0x34F, 0x61C...0x61C, 0x115F...0x1160, 0x1680...0x1680,
        0x17B4...0x17B5, 0x180B...0x180F, 0x2000...0x200F, 0x2028...0x202F, 0x205F...0x206F, 0x2800...0x2800,
        0x3000...0x3000, 0x3164...0x3164, 0xFE00...0xFE0F, 0xFEFF...0xFEFF, 0xFFA0...0xFFA0, 0xFFF0...0xFFFB,
        0x1BCA0...0x1BCA3, 0x1D173...0x1D17A, 0xE0000...0xE0FFF,
    ]
}
