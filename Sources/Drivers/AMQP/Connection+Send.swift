import CRabbitMQ

// Asynchronous methods. Each may block until the socket takes it, or the watchdog ends it.
extension Connection {
    /// The message has to have passed `limits`.
    ///
    /// - Returns: bytes sent, about.
    func publish(_ message: Message, on channel: UInt16) throws(AMQPError) -> Int {
        defer { pool.recycle() }
        let (exchange, key) = (pool.bytes(message.exchange), pool.bytes(message.routingKey))
        var properties = pool.properties(message.properties)
        try send("publish") { state in
            message.body.withUnsafeBytes { raw in
                // librabbitmq takes it as mutable and does not write to it.
                let body = amqp_bytes_t(len: raw.count, bytes: UnsafeMutableRawPointer(mutating: raw.baseAddress))
                return amqp_basic_publish(
                    state, channel, exchange, key, message.mandatory ? 1 : 0, 0, &properties, body)
            }
        }
        return message.body.count + 256
    }

    func settle(_ frame: AcknowledgementLedger.Frame, on channel: UInt16) throws(AMQPError) {
        let multiple: amqp_boolean_t = frame.multiple ? 1 : 0
        try send("settle delivery") { state in
            switch frame.settlement {
            case .acknowledge: amqp_basic_ack(state, channel, frame.tag, multiple)
            case .requeue: amqp_basic_nack(state, channel, frame.tag, multiple, 1)
            case .discard: amqp_basic_nack(state, channel, frame.tag, multiple, 0)
            }
        }
    }

    /// Asks for no more deliveries; `basic.cancel-ok` follows when the last is on its way.
    func cancelConsumer(_ tag: String, on channel: UInt16) throws(AMQPError) {
        defer { pool.recycle() }
        var cancel = amqp_basic_cancel_t(consumer_tag: pool.bytes(tag), nowait: 0)
        try send("cancel consumer") { amqp_send_method($0, channel, AMQP_BASIC_CANCEL_METHOD, &cancel) }
    }

    /// Asks for the counts of a queue (a passive declaration); the answer comes as a frame, 404 if there is none.
    func askStatus(of queue: String, on channel: UInt16) throws(AMQPError) {
        defer { pool.recycle() }
        var declare = amqp_queue_declare_t()
        declare.queue = pool.bytes(queue)
        declare.passive = 1
        try send("ask queue status") { amqp_send_method($0, channel, AMQP_QUEUE_DECLARE_METHOD, &declare) }
    }

    /// Answers `connection.close`.
    func acknowledgeClose() {
        guard let state = handle else { return }
        var closeOk = amqp_connection_close_ok_t()
        // Whether it arrives does not matter: the connection is destroyed next.
        _ = amqp_send_method(state, 0, AMQP_CONNECTION_CLOSE_OK_METHOD, &closeOk)
    }

    func send(_ operation: String, _ body: (amqp_connection_state_t) -> Int32) throws(AMQPError) {
        let status = body(try open(operation))
        guard status >= 0 else { throw AMQPError(status: status, operation: operation) }
    }
}
