/// A mail address that is safe to put into SMTP commands and headers.
///
/// An allow-list: the dot-atom of RFC 5321 §4.1.2 before the `@`, a host name after it. Quoted local parts, address
/// literals and addresses in other letters than ASCII are refused; an international domain is given in its `xn--` form.
/// So no control character, blank, quote or angle bracket can get through to libcurl, which checks nothing.
public struct MailAddress: Hashable, Sendable {
    /// RFC 5321 §4.5.3.1.1.
    public static let longestLocalPart = 64
    /// RFC 5321 §4.5.3.1.3 allows 256 bytes for `<address>` with its brackets.
    public static let longest = 254

    /// The address as it was given.
    public let text: String

    /// Checks an address.
    ///
    /// - Throws: `MailAddressError`, which says what is wrong.
    public init(_ text: String) throws(MailAddressError) {
        guard text.utf8.count <= MailAddress.longest else { throw .tooLong }
        let sides = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard sides.count == 2 else { throw .notOneAt }
        guard sides[0].count <= MailAddress.longestLocalPart else { throw .tooLong }
        guard MailAddress.isDotAtom(sides[0]) else { throw .localPart }
        guard sides[1].allSatisfy({ $0 < 0x80 }) else {
            throw .internationalDomain(proposal: HostName.proposal(for: Substring(sides[1])))
        }
        guard HostName.isValid(sides[1]) else { throw .domain }
        self.text = text
    }

    /// The address in lower case, the same for all ways to write it.
    public var normalized: String { text.lowercased() }

    /// Atoms of one or more characters with single dots between them.
    private static func isDotAtom(_ bytes: Substring.UTF8View) -> Bool {
        bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { atom in
            !atom.isEmpty && atom.allSatisfy(isAtomText)
        }
    }

    /// `atext` of RFC 5322 §3.2.3.
    private static func isAtomText(_ byte: UInt8) -> Bool {
        byte.isASCIILetterOrDigit || "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
    }
}

/// What is wrong with a mail address. The address itself isn't repeated, so that it doesn't get into logs.
public enum MailAddressError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There isn't exactly one `@`.
    case notOneAt
    /// It has more than 254 bytes, or more than 64 before the `@`.
    case tooLong
    /// What is before the `@` is empty or has other characters than letters, digits, single dots and `!#$%&'*+-/=?^_`.
    case localPart
    /// What is after the `@` is no host name.
    case domain
    /// What is after the `@` has other letters than ASCII; how it would be written in ASCII, where that can be told.
    case internationalDomain(proposal: String?)

    /// What is wrong, an English clause.
    public var description: String {
        switch self {
        case .notOneAt: "a mail address has exactly one @"
        case .tooLong:
            "a mail address has at most \(MailAddress.longest) bytes, "
                + "\(MailAddress.longestLocalPart) of them before the @"
        case .localPart: "before the @ only letters, digits, single dots and !#$%&'*+-/=?^_`{|}~ are allowed"
        case .domain: "after the @ there must be a host name of letters, digits, hyphens and dots"
        case .internationalDomain(let proposal?): "after the @ the host name is written in ASCII: \(proposal)"
        case .internationalDomain(nil):
            "after the @ the host name is written in ASCII, as a name that begins with xn--"
        }
    }
}
