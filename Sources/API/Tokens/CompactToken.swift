import FoundationEssentials
import RemindersContracts

/// A token taken apart (RFC 7515 §7.1): nothing in it is believed yet.
struct CompactToken: Sendable {
    /// `alg` of the header.
    let algorithm: String
    /// `kid` of the header, if there is one.
    let keyIdentifier: String?
    /// What the bearer claims.
    let claims: JSONValue
    /// What is signed: header and payload as they came.
    let signedBytes: [UInt8]
    /// The signature.
    let signature: [UInt8]

    /// More than any token of ours, and less than servers take in a header.
    static let longest = 8_192
    /// Words in `typ` of an access token (RFC 7519 §5.1, RFC 9068 §2.1); a logout or proof token has others.
    private static let types = ["jwt", "at+jwt", "application/jwt", "application/at+jwt"]

    init(_ text: String) throws(TokenError) {
        guard text.utf8.count <= CompactToken.longest else { throw .malformed }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Self.object(parts[0]), let claims = Self.object(parts[1]),
            let signature = Base64URL.bytes(parts[2])
        else { throw .malformed }
        guard let algorithm = header["alg"]?.text else { throw .malformed }
        if let identifier = header["kid"] {
            guard let identifier = identifier.text, identifier.utf8.count <= 200 else { throw .malformed }
            keyIdentifier = identifier
        } else {
            keyIdentifier = nil
        }
        // Extensions that must be understood (RFC 7515 §4.1.11): none is.
        guard header["crit"] == nil else { throw .notAnAccessToken }
        if let type = header["typ"] {
            guard let type = type.text, Self.types.contains(type.lowercased()) else { throw .notAnAccessToken }
        }
        self.algorithm = algorithm
        self.claims = claims
        self.signature = signature
        signedBytes = Array(text.utf8.prefix(parts[0].utf8.count + 1 + parts[1].utf8.count))
    }

    private static func object(_ part: Substring) -> JSONValue? {
        guard let bytes = Base64URL.bytes(part), let value = try? JSONValue(parsing: bytes, depthLimit: 16),
            case .object = value
        else { return nil }
        return value
    }
}

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
