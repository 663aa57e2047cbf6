import CRabbitMQ

/// Copies frames out of librabbitmq's memory, which is reused after each drain.
struct FrameReader {
    var exchange = RepeatedText()
    var routingKey = RepeatedText()
    var contentType = RepeatedText()
    var type = RepeatedText()
    var appID = RepeatedText()

    /// - Returns: nil for a frame without meaning here, such as a heartbeat that the library has queued.
    mutating func read(_ frame: amqp_frame_t) -> IncomingFrame? {
        switch Int32(frame.frame_type) {
        case AMQP_FRAME_METHOD:
            return method(frame.payload.method)
        case AMQP_FRAME_HEADER:
            guard let decoded = frame.payload.properties.decoded, frame.payload.properties.class_id == AMQP_BASIC_CLASS
            else { return .other }
            let source = decoded.assumingMemoryBound(to: amqp_basic_properties_t.self).pointee
            return .header(bodySize: frame.payload.properties.body_size, properties(source))
        case AMQP_FRAME_BODY:
            return .body(frame.payload.body_fragment.buffer)
        default:
            return nil
        }
    }

    private mutating func method(_ method: amqp_method_t) -> IncomingFrame {
        guard let decoded = method.decoded else { return .other }
        func arguments<Arguments>(_ type: Arguments.Type) -> Arguments {
            decoded.assumingMemoryBound(to: type).pointee
        }
        switch method.id {
        case AMQP_BASIC_DELIVER_METHOD:
            let deliver = arguments(amqp_basic_deliver_t.self)
            return .deliver(
                IncomingFrame.Envelope(
                    tag: deliver.delivery_tag, redelivered: deliver.redelivered != 0,
                    exchange: exchange.text(deliver.exchange), routingKey: routingKey.text(deliver.routing_key)))
        case AMQP_BASIC_ACK_METHOD:
            let ack = arguments(amqp_basic_ack_t.self)
            return .confirm(tag: ack.delivery_tag, multiple: ack.multiple != 0, accepted: true)
        case AMQP_BASIC_NACK_METHOD:
            let nack = arguments(amqp_basic_nack_t.self)
            return .confirm(tag: nack.delivery_tag, multiple: nack.multiple != 0, accepted: false)
        case AMQP_BASIC_RETURN_METHOD:
            let returned = arguments(amqp_basic_return_t.self)
            return .returned(
                code: Int(returned.reply_code), text: String(returned.reply_text),
                exchange: String(returned.exchange), routingKey: String(returned.routing_key))
        case AMQP_BASIC_CANCEL_METHOD: return .cancelled
        case AMQP_BASIC_CANCEL_OK_METHOD: return .cancelOk
        case AMQP_QUEUE_DECLARE_OK_METHOD:
            let queue = arguments(amqp_queue_declare_ok_t.self)
            return .queueStatus(
                QueueStatus(messages: Int(queue.message_count), consumers: Int(queue.consumer_count)))
        case AMQP_CHANNEL_CLOSE_METHOD:
            let close = arguments(amqp_channel_close_t.self)
            return .channelClosed(code: Int(close.reply_code), text: String(close.reply_text))
        case AMQP_CONNECTION_CLOSE_METHOD:
            let close = arguments(amqp_connection_close_t.self)
            return .connectionClosed(code: Int(close.reply_code), text: String(close.reply_text))
        case AMQP_CONNECTION_BLOCKED_METHOD:
            return .blocked(reason: String(arguments(amqp_connection_blocked_t.self).reason))
        case AMQP_CONNECTION_UNBLOCKED_METHOD: return .unblocked
        default: return .other
        }
    }
}

/// The last text of a field that rarely changes, so that most messages share one allocation.
struct RepeatedText {
    private var last = ""

    mutating func text(_ bytes: amqp_bytes_t) -> String {
        let buffer = bytes.buffer
        if last.utf8.count == buffer.count, last.utf8.elementsEqual(buffer) { return last }
        last = String(bytes)
        return last
    }
}
