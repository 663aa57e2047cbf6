/// The properties of the class basic (AMQP 0-9-1 section 1.8). Texts are at most 255 bytes each.
public struct MessageProperties: Hashable, Sendable {
    /// MIME type of the body.
    public var contentType: String?
    /// MIME content encoding.
    public var contentEncoding: String?
    /// The application's own fields. All properties together fit one frame.
    public var headers: FieldTable
    /// Whether the broker keeps the message on disk (delivery mode 2).
    public var isPersistent: Bool
    /// Priority for priority queues, 0 to 9.
    public var priority: UInt8?
    /// Which request this answers.
    public var correlationID: String?
    /// Where an answer should go.
    public var replyTo: String?
    /// Milliseconds this message may wait in a queue, as decimal digits.
    public var expiration: String?
    /// The application's identity of the message.
    public var messageID: String?
    /// Seconds since 1970-01-01T00:00:00Z.
    public var timestamp: Int64?
    /// The application's name for the kind of message.
    public var type: String?
    /// The broker refuses the message (406) when this is not the user of the connection.
    public var userID: String?
    /// The application that made the message.
    public var appID: String?

    /// A persistent message; everything else is absent unless given.
    public init(
        contentType: String? = nil, contentEncoding: String? = nil, headers: FieldTable = FieldTable(),
        isPersistent: Bool = true, priority: UInt8? = nil, correlationID: String? = nil, replyTo: String? = nil,
        expiration: String? = nil, messageID: String? = nil, timestamp: Int64? = nil, type: String? = nil,
        userID: String? = nil, appID: String? = nil
    ) {
        self.contentType = contentType
        self.contentEncoding = contentEncoding
        self.headers = headers
        self.isPersistent = isPersistent
        self.priority = priority
        self.correlationID = correlationID
        self.replyTo = replyTo
        self.expiration = expiration
        self.messageID = messageID
        self.timestamp = timestamp
        self.type = type
        self.userID = userID
        self.appID = appID
    }
}
