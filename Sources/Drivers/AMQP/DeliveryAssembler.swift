/// Puts a message together from `basic.deliver` or `basic.return`, its header and its body frames (AMQP 0-9-1
/// section 2.3.5.2), without ever holding more of a body than allowed.
struct DeliveryAssembler {
    /// A message that is complete.
    enum Complete {
        case delivery(Delivery)
        case returned(PublishError, exchange: String, routingKey: String, messageID: String?)
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
            if case .delivery = start, size <= UInt64(maximumBodyBytes) { body.bytes.reserveCapacity(Int(size)) }
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
        if case .delivery = body.start, body.size <= UInt64(maximumBodyBytes) {
            body.bytes.append(contentsOf: fragment)
        }
        if body.received == body.size { return complete(body) }
        partial = body
        return nil
    }

    private func complete(_ body: Body) -> Complete {
        switch body.start {
        case .delivery(let envelope):
            return .delivery(
                Delivery(
                    body: body.bytes, bodySize: body.size, properties: body.properties, exchange: envelope.exchange,
                    routingKey: envelope.routingKey, redelivered: envelope.redelivered, tag: envelope.tag,
                    epoch: epoch))
        case .returned(let error, let exchange, let routingKey):
            return .returned(
                error, exchange: exchange, routingKey: routingKey, messageID: body.properties.messageID)
        }
    }

    private static func unexpected(_ text: String) -> AMQPError {
        AMQPError(code: .driver, operation: "read frame", text: "the broker sent \(text)")
    }
}
