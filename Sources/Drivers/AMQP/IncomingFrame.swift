import CRabbitMQ
import Crypto

/// A frame from the broker, as far as this driver has to understand it.
enum IncomingFrame {
    case deliver(Envelope)
    /// A mandatory message that nobody wanted comes back; header and body follow.
    case returned(code: Int, text: String, exchange: String, routingKey: String)
    case header(bodySize: UInt64, MessageProperties)
    /// Valid until the next frame is read.
    case body(UnsafeRawBufferPointer)
    case confirm(tag: UInt64, multiple: Bool, accepted: Bool)
    /// The broker ended the consumer, for example because its queue was deleted.
    case cancelled
    case cancelOk
    /// The answer to `askStatus`.
    case queueStatus(QueueStatus)
    case channelClosed(code: Int, text: String)
    case connectionClosed(code: Int, text: String)
    case blocked(reason: String)
    case unblocked
    case other

    /// What `basic.deliver` says of the message that follows.
    struct Envelope: Equatable {
        var tag: UInt64
        var redelivered: Bool
        var exchange: String
        var routingKey: String
    }
}

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

/// Puts a message together from `basic.deliver` or `basic.return`, its header and its body frames (AMQP 0-9-1
/// section 2.3.5.2), without ever holding more of a body than allowed.
struct DeliveryAssembler {
    /// A message that is complete.
    enum Complete {
        case delivery(Delivery)
        /// The body as far as it may be held; empty when it is larger.
        case returned(PublishError, Message)
    }

    private enum Start {
        case delivery(IncomingFrame.Envelope)
        case returned(PublishError, exchange: String, routingKey: String)
    }

    private struct Body {
        let start: Start
        let properties: MessageProperties
        let size: UInt64
        var received: UInt64 = 0
        var bytes: [UInt8] = []
        /// Of one that is too large to be kept.
        var hash: SHA256?
    }

    let maximumBodyBytes: Int
    let epoch: UInt64

    private var start: Start?
    private var partial: Body?

    init(maximumBodyBytes: Int, epoch: UInt64) {
        self.maximumBodyBytes = maximumBodyBytes
        self.epoch = epoch
    }

    /// Takes the next frame of the channel.
    ///
    /// - Returns: the message that it completes, if it does.
    /// - Throws: when the frame can't come here; the connection can't be used any more then.
    mutating func take(_ frame: IncomingFrame) throws(AMQPError) -> Complete? {
        switch frame {
        case .deliver(let envelope):
            try begin(.delivery(envelope))
            return nil
        case .returned(let code, let text, let exchange, let routingKey):
            try begin(.returned(.returned(code: code, text: text), exchange: exchange, routingKey: routingKey))
            return nil
        case .header(let size, let properties):
            guard let start = start.take() else { throw Self.unexpected("a header without its method") }
            var body = Body(start: start, properties: properties, size: size)
            if size == 0 { return complete(body) }
            if size <= UInt64(maximumBodyBytes) { body.bytes.reserveCapacity(Int(size)) } else { body.hash = SHA256() }
            partial = body
            return nil
        case .body(let fragment):
            return try append(fragment)
        default:
            return nil
        }
    }

    private mutating func begin(_ next: Start) throws(AMQPError) {
        guard start == nil, partial == nil else { throw Self.unexpected("a message inside another") }
        start = next
    }

    private mutating func append(_ fragment: UnsafeRawBufferPointer) throws(AMQPError) -> Complete? {
        // Taken out while it changes, so that its bytes have one owner and are not copied.
        guard var body = partial.take() else { throw Self.unexpected("a body without its header") }
        body.received += UInt64(fragment.count)
        guard body.received <= body.size else { throw Self.unexpected("a body longer than its header says") }
        if body.hash == nil { body.bytes.append(contentsOf: fragment) }
        body.hash?.update(bufferPointer: fragment)
        if body.received == body.size { return complete(body) }
        partial = body
        return nil
    }

    private func complete(_ body: Body) -> Complete {
        switch body.start {
        case .delivery(let envelope):
            return .delivery(
                Delivery(
                    body: body.bytes, bodySize: body.size, bodyDigest: body.hash.map { Array($0.finalize()) },
                    properties: body.properties, exchange: envelope.exchange,
                    routingKey: envelope.routingKey, redelivered: envelope.redelivered, tag: envelope.tag,
                    epoch: epoch))
        case .returned(let error, let exchange, let routingKey):
            return .returned(
                error,
                Message(exchange: exchange, routingKey: routingKey, body: body.bytes, properties: body.properties))
        }
    }

    private static func unexpected(_ text: String) -> AMQPError {
        AMQPError(code: .driver, operation: "read frame", text: "the broker sent \(text)")
    }
}
