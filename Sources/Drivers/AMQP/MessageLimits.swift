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
