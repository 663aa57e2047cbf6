import CRabbitMQ

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
