/// The language that a person reads: a tag as in RFC 5646, as far as they are used for people.
///
/// This is the one rule for it. The API, the command line and messages go by it; the pattern of contracts and the CHECK of
/// `users.locale` say the same, and tests compare them.
public enum LanguageTag {
    /// The most bytes it may have (RFC 5646 §4.4.1).
    public static let longest = 35

    /// What it is, an English clause that goes on from "must be" or "expected".
    public static let expected = "a language such as da or en-GB"

    /// Whether it is one: a language of two or three small letters, and parts of two to eight letters and digits behind
    /// `-` or `_`, all in ASCII.
    public static func isValid(_ text: String) -> Bool {
        guard text.utf8.count <= longest else { return false }
        let parts = text.utf8.split(omittingEmptySubsequences: false) {
            $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
        }
        guard let language = parts.first, (2...3).contains(language.count),
            language.allSatisfy({ (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) })
        else { return false }
        return parts.dropFirst().allSatisfy { (2...8).contains($0.count) && $0.allSatisfy(\.isASCIILetterOrDigit) }
    }
}
