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
