/// Lines after which mail programs hide or grey out the rest, or which they take for the begin of something else.
///
/// `-- ` begins a signature (RFC 3676 §4.3), `--`, `__` and long dashes do so for programs that are less strict, and five
/// hyphens begin a quoted mail (`-----Original Message-----`) or a block of OpenPGP (RFC 9580 §6.2).
enum CutLine {
    /// Whether the line of `text` that begins at `position` is one, as it is shown: without what is taken out.
    static func begins(in text: UnsafeBufferPointer<UInt8>, at position: Int) -> Bool {
        var dashes = 0
        var areHyphens = true
        var position = position
        while position < text.count, !UserText.isLineEnd(text, position) {
            let byte = text[position]
            switch byte {
            case 0..<0x21, 0x7F: position += 1
            case 0xC2 where text[position + 1] <= 0xA0: position += 2
            case 0xE2 where UserText.isRemovedOrLine(text, position): position += 3
            case UInt8(ascii: "-"), UInt8(ascii: "_"):
                areHyphens = areHyphens && byte == UInt8(ascii: "-")
                dashes += 1
                position += 1
            case 0xE2 where text[position + 1] == 0x80 && (0x90...0x95).contains(text[position + 2]):
                // U+2010–U+2015
                areHyphens = false
                dashes += 1
                position += 3
            default: return areHyphens && dashes >= 5
            }
        }
        return dashes >= 2
    }
}
