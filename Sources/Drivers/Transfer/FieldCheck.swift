import Glibc

/// A value that is refused before anything is opened or sent. It names the field and never repeats the value.
public struct FieldError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Which value it is.
    public enum Field: Hashable, Sendable {
        /// The host of a mail server.
        case host
        /// The port of a mail server.
        case port
        /// The name given with EHLO.
        case heloName
        /// The user of a mail server.
        case user
        /// The password or bearer token of a mail server.
        case secret
        /// The path of a file with certificates.
        case caFile
        /// A time-out.
        case timeout
        /// The envelope's sender.
        case sender
        /// The envelope's recipient.
        case recipient
        /// The message of a mail.
        case content
        /// The address of an HTTP request.
        case url
        /// The name of an HTTP header.
        case headerName
        /// The value of the HTTP header of that (valid) name.
        case headerValue(name: String)
        /// A network in an address guard.
        case network
    }

    /// What is wrong with it.
    public enum Problem: String, Hashable, Sendable {
        /// Nothing is there.
        case empty = "is empty"
        /// CR, LF, NUL or another control character (U+0000–U+001F, U+007F–U+009F).
        case controlCharacter = "contains a control character"
        /// A character that the field's grammar has no place for.
        case badCharacter = "contains a character that is not allowed there"
        /// Not of the form the field has.
        case malformed = "is malformed"
        /// Longer than the protocol allows.
        case tooLong = "is too long"
        /// Outside of its range.
        case outOfRange = "is out of range"
        /// CR without LF, or LF without CR: the way to smuggle a second message past a relay.
        case bareLineEnd = "contains a CR or LF that is not part of a CRLF"
        /// `http:` where only `https:` is allowed, or another scheme.
        case schemeNotAllowed = "has a scheme that is not allowed"
        /// A header the client sets itself: with two of them, receivers disagree where the request ends.
        case reserved = "is set by the client itself"
        /// The URL carries a user or password.
        case userInformation = "carries a user or password"
    }

    /// The value that was refused.
    public let field: Field
    /// Why it was refused.
    public let problem: Problem

    init(_ field: Field, _ problem: Problem) {
        self.field = field
        self.problem = problem
    }

    /// For people: `recipient contains a control character`.
    public var description: String {
        switch field {
        case .headerValue(let name): "value of header \(name) \(problem.rawValue)"
        default: "\(field) \(problem.rawValue)"
        }
    }
}

/// What every text must pass before libcurl or a mail server sees it.
///
/// libcurl 7.88 checks nothing here: a CR LF in a recipient becomes a second SMTP command on the wire, one in a
/// header a second header.
enum FieldCheck {
    /// Refuses control characters: C0, DEL and, as they travel in UTF-8, C1.
    static func noControls(_ text: String, _ field: FieldError.Field) throws(FieldError) {
        guard !hasControl(text) else { throw FieldError(field, .controlCharacter) }
    }

    /// Whether there is a control character in `text`.
    static func hasControl(_ text: String) -> Bool {
        var previous: UInt8 = 0
        for byte in text.utf8 {
            if byte < 0x20 || byte == 0x7f { return true }
            // U+0080–U+009F are C2 80 – C2 9F.
            if previous == 0xc2, byte < 0xa0 { return true }
            previous = byte
        }
        return false
    }

    /// A host name (letters, digits, `-`, `_`, `.`; RFC 1123 2.1) or an IPv4 or IPv6 address without brackets.
    static func host(_ text: String, _ field: FieldError.Field) throws(FieldError) {
        guard !text.isEmpty else { throw FieldError(field, .empty) }
        guard text.utf8.count <= 253 else { throw FieldError(field, .tooLong) }
        try noControls(text, field)
        if text.utf8.contains(UInt8(ascii: ":")) {
            guard IPAddress(text) != nil else { throw FieldError(field, .malformed) }
            return
        }
        guard text.utf8.allSatisfy({ isLetterOrDigit($0) || $0 == 0x2d || $0 == 0x2e || $0 == 0x5f }) else {
            throw FieldError(field, .badCharacter)
        }
        guard text.utf8.first != 0x2d, text.utf8.first != 0x2e else { throw FieldError(field, .malformed) }
    }

    /// A path of RFC 5321 4.1.2 without its brackets and source route; quoted local parts with blanks are refused.
    static func mailAddress(_ text: String, _ field: FieldError.Field) throws(FieldError) {
        guard !text.isEmpty else { throw FieldError(field, .empty) }
        // RFC 5321 4.5.3.1.3: a path is at most 256 octets, brackets included.
        guard text.utf8.count <= 254 else { throw FieldError(field, .tooLong) }
        try noControls(text, field)
        var lastAt: Int?
        for (index, byte) in text.utf8.enumerated() {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: ","):
                throw FieldError(field, .badCharacter)
            case UInt8(ascii: "@"): lastAt = index
            default: break
            }
        }
        guard let lastAt, lastAt > 0, lastAt < text.utf8.count - 1 else { throw FieldError(field, .malformed) }
    }

    /// A token of RFC 9110 5.6.2.
    static func headerName(_ text: String) throws(FieldError) {
        guard !text.isEmpty else { throw FieldError(.headerName, .empty) }
        try noControls(text, .headerName)
        let marks = "!#$%&'*+-.^_`|~".utf8
        guard text.utf8.allSatisfy({ isLetterOrDigit($0) || marks.contains($0) }) else {
            throw FieldError(.headerName, .badCharacter)
        }
        guard !["content-length", "transfer-encoding", "host", "connection"].contains(text.lowercased()) else {
            throw FieldError(.headerName, .reserved)
        }
    }

    /// A time-out of at least a millisecond and at most a day.
    static func timeout(_ duration: Duration) throws(FieldError) {
        guard duration >= .milliseconds(1), duration <= .seconds(86_400) else {
            throw FieldError(.timeout, .outOfRange)
        }
    }

    static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
        default: false
        }
    }
}
