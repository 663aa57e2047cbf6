import CRabbitMQ

/// One message to publish.
public struct Message: Hashable, Sendable {
    /// Where to; "" is the default exchange, which routes to the queue named by the routing key. At most 255 bytes.
    public var exchange: String
    /// At most 255 bytes.
    public var routingKey: String
    /// At most `AMQPConfiguration.maximumBodyBytes`.
    public var body: [UInt8]
    /// What describes the body.
    public var properties: MessageProperties
    /// Whether a message that reaches no queue comes back as `PublishError.returned`. Without it the broker confirms
    /// such a message like any other.
    public var mandatory: Bool

    /// Takes the parts as they are; they are checked when published.
    public init(
        exchange: String, routingKey: String, body: [UInt8], properties: MessageProperties = MessageProperties(),
        mandatory: Bool = true
    ) {
        self.exchange = exchange
        self.routingKey = routingKey
        self.body = body
        self.properties = properties
        self.mandatory = mandatory
    }
}

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

/// One message from a queue. It stays the broker's until it is acknowledged or rejected. A class, because it goes through all
/// steps: copying it as a struct would count up and down each of its texts.
public final class Delivery: Sendable {
    /// The whole body, or nothing when the message is oversized.
    public let body: [UInt8]
    /// Bytes of the body as the broker announced them.
    public let bodySize: UInt64
    /// SHA-256 of a body that was too large to be kept.
    let bodyDigest: [UInt8]?
    /// What describes the body.
    public let properties: MessageProperties
    /// Where it was published.
    public let exchange: String
    /// What it was published with.
    public let routingKey: String
    /// Whether the broker has delivered it before. A publisher that sends twice makes two messages, each with false.
    public let redelivered: Bool
    /// The number on its channel, from 1.
    public let tag: UInt64
    /// The connection it came over, from 1: settling is possible over that one only.
    public let epoch: UInt64

    /// Takes the parts as they are, for tests without a broker.
    public convenience init(
        body: [UInt8], bodySize: UInt64? = nil, properties: MessageProperties = MessageProperties(),
        exchange: String = "", routingKey: String = "", redelivered: Bool = false, tag: UInt64 = 1, epoch: UInt64 = 1
    ) {
        self.init(
            body: body, bodySize: bodySize ?? UInt64(body.count), bodyDigest: nil, properties: properties,
            exchange: exchange, routingKey: routingKey, redelivered: redelivered, tag: tag, epoch: epoch)
    }

    init(
        body: [UInt8], bodySize: UInt64, bodyDigest: [UInt8]?, properties: MessageProperties, exchange: String,
        routingKey: String, redelivered: Bool, tag: UInt64, epoch: UInt64
    ) {
        self.body = body
        self.bodySize = bodySize
        self.bodyDigest = bodyDigest
        self.properties = properties
        self.exchange = exchange
        self.routingKey = routingKey
        self.redelivered = redelivered
        self.tag = tag
        self.epoch = epoch
    }

    /// Whether the body was larger than `AMQPConfiguration.maximumBodyBytes` and was left out. Such a message can
    /// only be rejected, or published anew by someone with a larger limit.
    public var isOversized: Bool { UInt64(body.count) != bodySize }

    /// How many times a quorum queue has delivered it before without an acknowledgement (`x-delivery-count`).
    public var deliveryCount: Int? { properties.headers["x-delivery-count"]?.integer }
}

extension Delivery: Equatable {
    /// Whether they say the same and came the same way.
    public static func == (one: Delivery, other: Delivery) -> Bool {
        one.tag == other.tag && one.epoch == other.epoch && one.bodySize == other.bodySize && one.body == other.body
            && one.properties == other.properties && one.exchange == other.exchange
            && one.routingKey == other.routingKey && one.redelivered == other.redelivered
    }
}

extension EncodingPool {
    /// Properties of librabbitmq whose memory lasts until the pool is recycled.
    func properties(_ properties: MessageProperties) -> amqp_basic_properties_t {
        var result = amqp_basic_properties_t()
        var flags = AMQP_BASIC_DELIVERY_MODE_FLAG
        func set(_ field: inout amqp_bytes_t, _ flag: Int32, _ text: String?) {
            guard let text else { return }
            field = bytes(text)
            flags |= flag
        }
        set(&result.content_type, AMQP_BASIC_CONTENT_TYPE_FLAG, properties.contentType)
        set(&result.content_encoding, AMQP_BASIC_CONTENT_ENCODING_FLAG, properties.contentEncoding)
        set(&result.correlation_id, AMQP_BASIC_CORRELATION_ID_FLAG, properties.correlationID)
        set(&result.reply_to, AMQP_BASIC_REPLY_TO_FLAG, properties.replyTo)
        set(&result.expiration, AMQP_BASIC_EXPIRATION_FLAG, properties.expiration)
        set(&result.message_id, AMQP_BASIC_MESSAGE_ID_FLAG, properties.messageID)
        set(&result.type, AMQP_BASIC_TYPE_FLAG, properties.type)
        set(&result.user_id, AMQP_BASIC_USER_ID_FLAG, properties.userID)
        set(&result.app_id, AMQP_BASIC_APP_ID_FLAG, properties.appID)
        let mode = properties.isPersistent ? AMQP_DELIVERY_PERSISTENT : AMQP_DELIVERY_NONPERSISTENT
        result.delivery_mode = UInt8(mode.rawValue)
        if let priority = properties.priority {
            result.priority = priority
            flags |= AMQP_BASIC_PRIORITY_FLAG
        }
        if let timestamp = properties.timestamp {
            result.timestamp = UInt64(bitPattern: timestamp)
            flags |= AMQP_BASIC_TIMESTAMP_FLAG
        }
        if !properties.headers.isEmpty {
            result.headers = table(properties.headers)
            flags |= AMQP_BASIC_HEADERS_FLAG
        }
        result._flags = UInt32(flags)
        return result
    }
}

extension FrameReader {
    /// Copies decoded properties. Texts that come again and again are kept and shared.
    mutating func properties(_ source: amqp_basic_properties_t) -> MessageProperties {
        let flags = Int32(truncatingIfNeeded: source._flags)
        func has(_ flag: Int32) -> Bool { flags & flag != 0 }
        var result = MessageProperties(isPersistent: false)
        if has(AMQP_BASIC_CONTENT_TYPE_FLAG) { result.contentType = contentType.text(source.content_type) }
        if has(AMQP_BASIC_CONTENT_ENCODING_FLAG) { result.contentEncoding = String(source.content_encoding) }
        if has(AMQP_BASIC_HEADERS_FLAG) { result.headers = FieldTable(source.headers) }
        if has(AMQP_BASIC_DELIVERY_MODE_FLAG) { result.isPersistent = source.delivery_mode == 2 }
        if has(AMQP_BASIC_PRIORITY_FLAG) { result.priority = source.priority }
        if has(AMQP_BASIC_CORRELATION_ID_FLAG) { result.correlationID = String(source.correlation_id) }
        if has(AMQP_BASIC_REPLY_TO_FLAG) { result.replyTo = String(source.reply_to) }
        if has(AMQP_BASIC_EXPIRATION_FLAG) { result.expiration = String(source.expiration) }
        if has(AMQP_BASIC_MESSAGE_ID_FLAG) { result.messageID = String(source.message_id) }
        if has(AMQP_BASIC_TIMESTAMP_FLAG) { result.timestamp = Int64(bitPattern: source.timestamp) }
        if has(AMQP_BASIC_TYPE_FLAG) { result.type = type.text(source.type) }
        if has(AMQP_BASIC_USER_ID_FLAG) { result.userID = String(source.user_id) }
        if has(AMQP_BASIC_APP_ID_FLAG) { result.appID = appID.text(source.app_id) }
        return result
    }
}

/// Why a message or a name can't go on the wire.
struct Refusal: Error, Hashable {
    let reason: String

    init(_ reason: String) {
        self.reason = reason
    }
}

/// What is refused before the wire. librabbitmq finds most of it only after it has sent a part, and the next valid
/// publish then loses the connection; the broker answers the rest by closing the channel for everyone.
struct MessageLimits {
    /// A length in one byte (AMQP 0-9-1 section 4.2.5.3).
    static let shortStringBytes = 255

    let bodyBytes: Int
    /// What both sides agreed on.
    let frameBytes: Int

    /// - Throws: the first reason found.
    func check(_ message: Message) throws(Refusal) {
        guard message.body.count <= bodyBytes else {
            throw Refusal("the body has \(message.body.count) bytes, more than \(bodyBytes)")
        }
        try Self.short(message.exchange, "exchange")
        try Self.short(message.routingKey, "routing key")
        let properties = message.properties
        var size = 0
        func count(_ text: String?, _ name: StaticString) throws(Refusal) {
            guard let text else { return }
            try Self.short(text, name)
            size += 1 + text.utf8.count
        }
        try count(properties.contentType, "content type")
        try count(properties.contentEncoding, "content encoding")
        try count(properties.correlationID, "correlation id")
        try count(properties.replyTo, "reply-to")
        try count(properties.expiration, "expiration")
        try count(properties.messageID, "message id")
        try count(properties.type, "type")
        try count(properties.userID, "user id")
        try count(properties.appID, "application id")
        if let expiration = properties.expiration {
            guard UInt32(expiration) != nil, expiration.utf8.first != UInt8(ascii: "+") else {
                throw Refusal("the expiration is not a number of milliseconds")
            }
        }
        if let timestamp = properties.timestamp, timestamp < 0 { throw Refusal("the timestamp is negative") }
        if !properties.headers.isEmpty { size += try properties.headers.encodedSize() }
        // Delivery mode, priority and timestamp; frame header 7, frame end 1, content header 14.
        guard size + 10 + 22 <= frameBytes else {
            throw Refusal("the properties have \(size) bytes and do not fit a frame of \(frameBytes)")
        }
    }

    /// - Throws: when `text` is longer than a short string may be.
    static func short(_ text: String, _ name: StaticString) throws(Refusal) {
        guard text.utf8.count <= shortStringBytes else {
            throw Refusal("the \(name) has \(text.utf8.count) bytes, more than \(shortStringBytes)")
        }
    }
}
