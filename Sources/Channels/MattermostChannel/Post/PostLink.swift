import RemindersDomain

/// Links in posts: nothing but http and https, so that a click never runs a script or opens a file.
enum PostLink {
    /// Whether `text` is an absolute http or https URL without anything that ends a URL early or means something in
    /// Markdown: white space, controls, quotes, brackets and backslashes.
    static func isAllowed(_ text: String) -> Bool {
        guard text.utf8.count <= 2_000 else { return false }
        let isWeb = ["https://", "http://"].contains {
            text.utf8.count > $0.utf8.count && text.utf8.starts(with: $0.utf8)
        }
        return isWeb && text.utf8.allSatisfy { $0 > 0x20 && !refused.contains($0) }
    }

    /// `<base>/<entity type>/<id>`, with everything but RFC 3986's unreserved characters percent-encoded.
    static func caseLink(base: String, _ reference: CaseReference) -> String {
        var bytes = [UInt8](base.utf8)
        if bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        for part in [reference.entityType, reference.id] {
            bytes.append(UInt8(ascii: "/"))
            for byte in part.utf8 {
                if BareURL.isWordByte(byte) || byte == UInt8(ascii: "-") {
                    bytes.append(byte)
                } else {
                    BareURL.appendEncoded(byte, to: &bytes)
                }
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let refused = [UInt8]("\u{7F}\"'<>\\`".utf8)
}
