import RemindersDomain
import RemindersPostgres

/// `dead_letters`: messages that can never succeed.
extension SQL {
    static let rememberDeadLetters = Statement(
        "rememberDeadLetters",
        """
        INSERT INTO dead_letters (queue, reason, message_id, type, body, details)
        SELECT $1, reason, message_id, type, body, details
        FROM unnest($2::text[], $3::text[], $4::text[], $5::bytea[], $6::jsonb[])
            AS dead (reason, message_id, type, body, details)
        ON CONFLICT DO NOTHING
        """)

    static let deadLetters = [rememberDeadLetters]
}

/// A message that can never succeed.
public struct DeadLetter: Sendable {
    /// Why, naming the field and what would be right.
    public let reason: String
    /// Its `message_id` property.
    public let messageID: String?
    /// Its `type` property.
    public let type: String?
    /// Its body as it came.
    public let body: [UInt8]
    /// What else is needed to publish it again: `{"content_type": …, "headers": {…}}`, as JSON without U+0000.
    public let details: String?

    /// A dead letter with these parts.
    public init(reason: String, messageID: String?, type: String?, body: [UInt8], details: String? = nil) {
        self.reason = reason
        self.messageID = messageID
        self.type = type
        self.body = body
        self.details = details
    }
}

extension ReminderStore {
    /// Remembers messages of `queue` that can never succeed, each once.
    public func rememberDeadLetters(_ letters: [DeadLetter], queue: String) async throws {
        _ = try await pool.query(
            SQL.rememberDeadLetters(
                .text(queue), .textArray(letters.map(\.reason.storable)),
                .textOrNilArray(letters.map { $0.messageID?.storable }),
                .textOrNilArray(letters.map { $0.type?.storable }), .byteaArray(letters.map(\.body)),
                .jsonbArray(letters.map(\.details))))
    }
}

extension String {
    /// With U+FFFD for NUL, which PostgreSQL's text cannot hold: a message is not to be refused here once more because
    /// of what somebody wrote into its properties.
    fileprivate var storable: String {
        utf8.contains(0) ? String(String.UnicodeScalarView(unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : $0 })) : self
    }
}
