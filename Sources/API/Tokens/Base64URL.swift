import FoundationEssentials

/// Base64 with the alphabet of URLs and without padding (RFC 4648 §5, RFC 7515 §2). Foundation writes it, and reads the
/// other alphabet.
public enum Base64URL {
    /// The text of the bytes.
    public static func text(_ bytes: some Sequence<UInt8>) -> String {
        Data(bytes).base64EncodedString(options: [.base64URLAlphabet, .omitPaddingCharacter])
    }

    /// The bytes of a text; nil for other characters, padding, an impossible length, and spare bits that are not zero:
    /// bytes have one text only.
    public static func bytes(_ text: some StringProtocol) -> [UInt8]? {
        var padded = text.utf8.map { character in
            switch character {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            default: character
            }
        }
        padded += repeatElement(UInt8(ascii: "="), count: (4 - padded.count % 4) % 4)
        guard let bytes = Data(base64Encoded: Data(padded)), self.text(bytes) == text else { return nil }
        return Array(bytes)
    }
}
