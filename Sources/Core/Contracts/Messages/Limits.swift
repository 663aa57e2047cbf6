import RemindersDomain

/// How much of everything a message may carry. The JSON Schemas in `contracts/schemas` say the same.
///
/// Characters are Unicode scalars, as JSON Schema's `maxLength` and PostgreSQL's `char_length` count them.
public enum Limits {
    /// Bytes of a whole message body. The longest valid message with every character escaped is below this, but for
    /// digests, which are filled up to `digestBytes`.
    public static let bodyBytes = 262_144
    /// Levels of nested arrays and objects.
    public static let depth = 32
    /// Bytes of an id: of a case, of an event, of a user.
    public static let identifierBytes = 200
    /// Bytes of a CloudEvents `type`, which is also the routing key: an AMQP short string (AMQP 0-9-1 §4.2.5.3).
    public static let typeBytes = 255
    /// Bytes of a CloudEvents `source`.
    public static let sourceBytes = 500
    /// Bytes of an address: as many as a link has. A mail address has at most 254 (RFC 5321 §4.5.3.1.3, less the angle
    /// brackets), a Mattermost name 64.
    public static let addressBytes = 2_000
    /// Bytes of a recipient's key: `mailto:` and an address, or a user id.
    public static let recipientBytes = 327
    /// Bytes of a link.
    public static let urlBytes = WebLink.longest
    /// Characters of the title of a reminder or case.
    public static let title = 300
    /// Characters of a reminder's text; a Mattermost post takes 16,383.
    public static let message = 10_000
    /// Reminders that a digest carries beside the first.
    public static let digestItems = DigestLimit.reminders - 1
    /// Characters of a reminder's text in a digest.
    public static let digestMessage = 300
    /// Bytes of all reminders that a digest carries beside the first.
    public static let digestBytes = 131_072
    /// Characters of a person's display name.
    public static let name = 200
    /// How often a delivery that had ended may be tried anew.
    public static let generation: Int64 = 32_767
    /// Characters of a status of a case.
    public static let status = 100
    /// Characters of the reason of an outcome.
    public static let reason = 500
    /// Characters of a server's reply that the log keeps.
    public static let serverReply = 500
    /// Characters of what a server replied.
    public static let reply = 2_000
    /// Characters of an IANA time zone name.
    public static let timeZone = 64
    /// Who may know what a case says.
    public static let caseReaders = 1_000
}

extension String {
    /// The text as a message may carry it: NUL becomes U+FFFD, and what is longer than `limit` characters is cut and
    /// ends in `…`. Most texts are returned as they are, without a copy.
    public func clipped(to limit: Int) -> String {
        let text =
            utf8.contains(0)
            ? String(String.UnicodeScalarView(unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : $0 })) : self
        guard text.utf8.count > limit, text.unicodeScalars.count > limit else { return text }
        return String(text.unicodeScalars.prefix(limit - 1)) + "…"
    }
}
