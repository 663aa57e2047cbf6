/// A link that people may open: an absolute `http` or `https` URL (RFC 3986, and what browsers read by
/// https://url.spec.whatwg.org).
///
/// This is the one rule for links. It is applied where a link comes in, and what was accepted is shown everywhere: in
/// `text` there are only characters that may stand in a URL. The function `web_link` of the database does the same, and a
/// test compares the two.
///
/// Percent-encoded is what must be: blanks, `"`, `<`, `>`, `[`, `\`, `]`, `^`, a backtick, `{`, `|`, `}`, whatever is no
/// ASCII, a percent sign without two digits behind it, and a second `#`. Refused are other schemes, control characters,
/// user names (they make one host look like another), and hosts in other letters than ASCII.
public struct WebLink: Hashable, Sendable, CustomStringConvertible {
    /// The most bytes it may have, as `text` has it; mail programs and servers cut longer ones.
    public static let longest = 2_000

    /// The link, all of it ASCII that may stand in a URL.
    public let text: String

    /// The link, all of it ASCII that may stand in a URL.
    public var description: String { text }

    /// Reads a link. Blanks around it are dropped.
    ///
    /// - Throws: `WebLinkError`, which says what is wrong.
    public init(_ text: String) throws(WebLinkError) {
        let bytes = WebLink.withoutBlanksAround(Array(text.utf8))
        guard !bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { throw .control }
        guard let scheme = ["https://", "http://"].first(where: { WebLink.begins(bytes, with: $0) }) else {
            throw .scheme
        }
        let rest = bytes.dropFirst(scheme.utf8.count)
        let end = rest.firstIndex { WebLink.authorityEnds.contains($0) } ?? rest.endIndex
        try WebLink.check(authority: rest[..<end])
        var encoded = Array(scheme.utf8) + rest[..<end]
        WebLink.append(rest[end...], to: &encoded)
        guard encoded.count <= WebLink.longest else { throw .tooLong }
        self.text = String(decoding: encoded, as: UTF8.self)
    }

    /// `<base>/<entity type>/<id>`: the page of a case. All but letters, digits, `-` and `_` is percent-encoded in its id.
    public init(toCase reference: CaseReference, below base: WebLink) {
        var bytes = Array(base.text.utf8)
        if bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        for part in [reference.entityType, reference.id] {
            bytes.append(UInt8(ascii: "/"))
            for byte in part.utf8 {
                if byte.isASCIILetterOrDigit || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") {
                    bytes.append(byte)
                } else {
                    WebLink.appendEncoded(byte, to: &bytes)
                }
            }
        }
        text = String(decoding: bytes, as: UTF8.self)
    }

    /// What is between `//` and the path: a host, and perhaps a port.
    private static func check(authority: ArraySlice<UInt8>) throws(WebLinkError) {
        guard !authority.contains(UInt8(ascii: "@")) else { throw .userName }
        var host = authority
        if host.first == UInt8(ascii: "[") {
            guard let close = host.firstIndex(of: UInt8(ascii: "]")) else { throw .host }
            let address = host[(host.startIndex + 1)..<close]
            guard (2...45).contains(address.count), address.contains(UInt8(ascii: ":")),
                address.allSatisfy({ $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") || isHexadecimal($0) })
            else { throw .host }
            host = host[(close + 1)...]
            guard host.isEmpty || host.first == UInt8(ascii: ":") else { throw .host }
            try check(port: host.dropFirst(), isThere: !host.isEmpty)
            return
        }
        let colon = host.firstIndex(of: UInt8(ascii: ":"))
        host = host[..<(colon ?? host.endIndex)]
        guard host.allSatisfy({ $0 < 0x80 }) else {
            throw .internationalHost(proposal: HostName.proposal(for: String(decoding: host, as: UTF8.self)))
        }
        if host.last == UInt8(ascii: ".") { host = host.dropLast() }
        guard HostName.isValid(host, underscores: true) else { throw .host }
        if let colon { try check(port: authority[(colon + 1)...], isThere: true) }
    }

    private static func check(port: ArraySlice<UInt8>, isThere: Bool) throws(WebLinkError) {
        guard isThere else { return }
        guard (1...5).contains(port.count), port.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = Int(String(decoding: port, as: UTF8.self)), (1...65_535).contains(number)
        else { throw .port }
    }

    /// Appends path, query and fragment.
    private static func append(_ bytes: ArraySlice<UInt8>, to encoded: inout [UInt8]) {
        var isInFragment = false
        for (index, byte) in zip(bytes.indices, bytes) {
            let isAllowed: Bool
            switch byte {
            case UInt8(ascii: "%"):
                isAllowed =
                    index + 2 < bytes.endIndex && isHexadecimal(bytes[index + 1]) && isHexadecimal(bytes[index + 2])
            case UInt8(ascii: "#"):
                isAllowed = !isInFragment
                isInFragment = true
            default: isAllowed = byte.isASCIILetterOrDigit || plain.contains(byte)
            }
            if isAllowed { encoded.append(byte) } else { appendEncoded(byte, to: &encoded) }
        }
    }

    private static func appendEncoded(_ byte: UInt8, to bytes: inout [UInt8]) {
        let digits = Array("0123456789ABCDEF".utf8)
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }

    private static func begins(_ bytes: ArraySlice<UInt8>, with scheme: String) -> Bool {
        bytes.count > scheme.utf8.count
            && zip(bytes, scheme.utf8).allSatisfy { $0 == $1 || ((0x41...0x5A).contains($0) && $0 | 0x20 == $1) }
    }

    private static func withoutBlanksAround(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        let front = bytes.drop { $0 == 0x20 }
        return front.dropLast(front.reversed().prefix { $0 == 0x20 }.count)
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
        default: false
        }
    }

    /// What ends the authority. Browsers take a backslash for a slash there, so it must not hide behind one.
    private static let authorityEnds = Array("/?#".utf8)
    /// RFC 3986: what of `pchar`, query and fragment is neither letter nor digit.
    private static let plain = Array("-._~!$&'()*+,;=:@/?".utf8)
}

/// What is wrong with a link. The link itself isn't repeated, so that it doesn't get into logs.
public enum WebLinkError: Error, Hashable, Sendable, CustomStringConvertible {
    /// It doesn't begin with `http://` or `https://`.
    case scheme
    /// It has a control character: a tab, the end of a line, or one that can't be seen.
    case control
    /// It has more than 2,000 bytes, once all is encoded that must be.
    case tooLong
    /// There is a user name or password before the host.
    case userName
    /// There is no host, or it is no host name and no IPv6 address in brackets.
    case host
    /// The host has other letters than ASCII; how it would be written in ASCII, where that can be told.
    case internationalHost(proposal: String?)
    /// The port is no number of 1 to 65535.
    case port

    /// What a link is, an English clause that goes on from "must be" or "expected".
    public static let expected =
        "a link that begins with http:// or https:// and a host, of at most \(WebLink.longest) bytes"

    /// What is wrong, an English clause.
    public var description: String {
        switch self {
        case .scheme: "a link begins with http:// or https://"
        case .control: "a link has no line breaks, tabs or other control characters"
        case .tooLong: "a link has at most \(WebLink.longest) bytes"
        case .userName: "a link has no user name and no @ before the path"
        case .host: "after http:// or https:// there must be a host name of letters, digits, hyphens and dots"
        case .internationalHost(let proposal?): "the host of a link is written in ASCII: \(proposal)"
        case .internationalHost(nil): "the host of a link is written in ASCII, as a name that begins with xn--"
        case .port: "after the colon behind the host there must be a port of 1 to 65535"
        }
    }
}
