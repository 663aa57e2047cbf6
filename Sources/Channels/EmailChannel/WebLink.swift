import RemindersDomain

/// Links in mails: nothing but http and https, so that a click never runs a script or opens a file.
enum WebLink {
    /// Longest link taken; mail programs and servers cut longer ones.
    static let longest = 2_000

    /// Whether `text` is an absolute http or https URL without anything that ends a URL early: white space, controls,
    /// quotes, angle brackets and backslashes (RFC 3986 §2 has no place for them).
    static func isAllowed(_ text: String) -> Bool {
        let bytes = text.utf8
        guard bytes.count <= longest, let authority = start(ofAuthorityIn: bytes) else { return false }
        var host = bytes[authority...].makeIterator()
        guard let first = host.next(), first != slash, first != UInt8(ascii: "?"), first != UInt8(ascii: "#") else {
            return false
        }
        return bytes.allSatisfy { byte in
            switch byte {
            case 0...0x20, 0x7F, UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "<"), UInt8(ascii: ">"),
                UInt8(ascii: "\\"), UInt8(ascii: "`"):
                false
            default: true
            }
        }
    }

    /// `<base>/<entity type>/<id>`, with everything but RFC 3986's unreserved characters percent-encoded.
    static func caseLink(base: String, _ reference: CaseReference) -> String {
        var bytes = [UInt8](base.utf8)
        if bytes.last == slash { bytes.removeLast() }
        for part in [reference.entityType, reference.id] {
            bytes.append(slash)
            appendPercentEncoded(part, to: &bytes)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func start(ofAuthorityIn bytes: String.UTF8View) -> String.Index? {
        for scheme in ["https://", "http://"] {
            guard bytes.count > scheme.utf8.count else { continue }
            let matches = zip(bytes, scheme.utf8).allSatisfy { byte, expected in
                byte == expected || (byte | 0x20 == expected && (0x41...0x5A).contains(byte))
            }
            if matches { return bytes.index(bytes.startIndex, offsetBy: scheme.utf8.count) }
        }
        return nil
    }

    private static func appendPercentEncoded(_ text: String, to bytes: inout [UInt8]) {
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "~"):
                bytes.append(byte)
            default:
                bytes.append(UInt8(ascii: "%"))
                bytes.append(QuotedPrintable.hexDigit(byte >> 4))
                bytes.append(QuotedPrintable.hexDigit(byte & 15))
            }
        }
    }

    private static let slash = UInt8(ascii: "/")
}
