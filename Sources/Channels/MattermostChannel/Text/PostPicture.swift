/// What Mattermost shows a picture for: `:name:` and emoticons of punctuation and letters.
///
/// The patterns are in webapp/channels/src/utils/emoticons.tsx; older versions and the mobile apps have looser ones. They
/// are looked for in texts that marked has put together and escaped anew, and a pattern may begin and end where such a
/// text does. So what stands before a picture is not looked at, and what stands behind it only where a letter or digit
/// rules the picture out whatever happens.
///
/// A character that is a picture itself (😀, ✔) stays what it is: nothing can be put into it.
enum PostPicture {
    /// Whether something other than what is written would be shown from `position` on, where `:`, `;`, `x` or `<` is,
    /// unless that character is set apart from the next.
    ///
    /// - Parameter isAfterLink: whether a URL ends before `position`.
    static func begins(
        in text: UnsafeBufferPointer<UInt8>, at position: Int, isAfterLink: Bool = false
    ) -> Bool {
        switch text[position] {
        case UInt8(ascii: ":"): isName(text, position + 1) || isEmoticon(text, position + 1, isAfterLink)
        // `;)` `;-)`
        case UInt8(ascii: ";"): byte(text, behindHyphen(text, position + 1)) == UInt8(ascii: ")")
        // `<3` `</3`
        case UInt8(ascii: "<"):
            byte(text, position + (byte(text, position + 1) == UInt8(ascii: "/") ? 2 : 1)) == UInt8(ascii: "3")
        // `x-d`
        default:
            !(position > 0 && isLetterOrDigit(text[position - 1])) && byte(text, position + 1) == UInt8(ascii: "-")
                && lowercased(byte(text, position + 2)) == UInt8(ascii: "d") && endsWord(text, position + 3)
        }
    }

    /// `:name:`, where a name is of `[A-Za-z0-9_+-]`.
    private static func isName(_ text: UnsafeBufferPointer<UInt8>, _ start: Int) -> Bool {
        var end = start
        while end < text.count, BareURL.isWordByte(text[end]) || hyphenOrPlus.contains(text[end]) { end += 1 }
        return end > start && byte(text, end) == UInt8(ascii: ":")
    }

    /// `:)` `:-(` `:]` `:@` `:/` `:|` `:$` `:'(` `:’(` and `:o` `:-D` `:p` `:s` `:-x`.
    private static func isEmoticon(
        _ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ isAfterLink: Bool
    ) -> Bool {
        let mouth = behindHyphen(text, start)
        switch lowercased(byte(text, mouth)) {
        // As in `ftp://` and `C:/`; nothing ends between a letter and a colon but a URL, which `BareURL` sees to.
        case UInt8(ascii: "/") where start > 1 && isLetterOrDigit(text[start - 2]): return isAfterLink
        case UInt8(ascii: ")"), UInt8(ascii: "("), UInt8(ascii: "]"), UInt8(ascii: "["), UInt8(ascii: "@"),
            UInt8(ascii: "/"), UInt8(ascii: "|"), UInt8(ascii: "$"):
            return true
        case UInt8(ascii: "o"), UInt8(ascii: "d"), UInt8(ascii: "p"), UInt8(ascii: "s"), UInt8(ascii: "x"):
            return endsWord(text, mouth + 1)
        case UInt8(ascii: "`"), UInt8(ascii: "'"):
            return byte(text, behindHyphen(text, start + 1)) == UInt8(ascii: "(")
        case 0xE2:
            // U+2019
            return byte(text, start + 1) == 0x80 && byte(text, start + 2) == 0x99
                && byte(text, behindHyphen(text, start + 3)) == UInt8(ascii: "(")
        default: return false
        }
    }

    /// The end of a text may be where a URL begins, too, or an underscore, which is escaped.
    private static func endsWord(_ text: UnsafeBufferPointer<UInt8>, _ position: Int) -> Bool {
        let next = byte(text, position)
        return !isLetterOrDigit(next) || BareURL.schemeEnd(in: text, from: position) != nil
    }

    private static func behindHyphen(_ text: UnsafeBufferPointer<UInt8>, _ position: Int) -> Int {
        byte(text, position) == UInt8(ascii: "-") ? position + 1 : position
    }

    private static func byte(_ text: UnsafeBufferPointer<UInt8>, _ position: Int) -> UInt8 {
        position < text.count ? text[position] : 0
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        BareURL.isWordByte(byte) && byte != UInt8(ascii: "_")
    }

    private static let hyphenOrPlus = [UInt8]("-+".utf8)
}
