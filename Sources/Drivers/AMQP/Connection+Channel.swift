import CRabbitMQ

// Synchronous methods. Each waits for the broker's answer, for `connectTimeout` at most.
extension Connection {
    func openChannel(_ channel: UInt16) throws(AMQPError) {
        try call("open channel") { _ = amqp_channel_open($0, channel) }
    }

    func selectConfirms(_ channel: UInt16) throws(AMQPError) {
        try call("select confirms") { _ = amqp_confirm_select($0, channel) }
    }

    /// Answers `channel.close`. Without it the broker ends the connection (504) when the channel is opened again.
    func acknowledgeChannelClose(_ channel: UInt16) throws(AMQPError) {
        try send("close channel") { state in
            var closeOk = amqp_channel_close_ok_t()
            return amqp_send_method(state, channel, AMQP_CHANNEL_CLOSE_OK_METHOD, &closeOk)
        }
    }

    func declare(_ topology: Topology, on channel: UInt16) throws(AMQPError) {
        try topology.check()
        let passive: amqp_boolean_t = topology.passive ? 1 : 0
        for exchange in topology.exchanges {
            let (name, kind) = (pool.bytes(exchange.name), pool.bytes(exchange.kind.rawValue))
            let arguments = pool.table(exchange.arguments)
            try call("declare exchange \(exchange.name)") { state in
                _ = amqp_exchange_declare(
                    state, channel, name, kind, passive, exchange.durable ? 1 : 0, 0, 0, arguments)
            }
        }
        for queue in topology.queues {
            _ = try declare(queue, passive: topology.passive, on: channel)
        }
        guard !topology.passive else { return }
        for binding in topology.bindings {
            let (queue, exchange) = (pool.bytes(binding.queue), pool.bytes(binding.exchange))
            let (key, arguments) = (pool.bytes(binding.routingKey), pool.table(binding.arguments))
            try call("bind queue \(binding.queue) to \(binding.exchange)") { state in
                _ = amqp_queue_bind(state, channel, queue, exchange, key, arguments)
            }
        }
    }

    func declare(_ queue: Queue, passive: Bool, on channel: UInt16) throws(AMQPError) -> QueueStatus {
        let (name, arguments) = (pool.bytes(queue.name), pool.table(queue.arguments))
        var status = QueueStatus(messages: 0, consumers: 0)
        try call("declare queue \(queue.name)") { state in
            let answer = amqp_queue_declare(
                state, channel, name, passive ? 1 : 0, queue.durable ? 1 : 0, queue.exclusive ? 1 : 0,
                queue.autoDelete ? 1 : 0, arguments)
            guard let answer = answer?.pointee else { return }
            status = QueueStatus(messages: Int(answer.message_count), consumers: Int(answer.consumer_count))
        }
        return status
    }

    func purge(_ queue: String, on channel: UInt16) throws(AMQPError) -> Int {
        let name = pool.bytes(queue)
        var purged = 0
        try call("purge queue \(queue)") { state in
            purged = amqp_queue_purge(state, channel, name).map { Int($0.pointee.message_count) } ?? 0
        }
        return purged
    }

    func consume(
        _ queue: String, tag: String, prefetch: UInt16, exclusive: Bool, on channel: UInt16
    ) throws(AMQPError) {
        // For each consumer: a quorum queue closes the connection on a limit for the channel (540).
        try call("set prefetch") { _ = amqp_basic_qos($0, channel, 0, prefetch, 0) }
        let (name, tag) = (pool.bytes(queue), pool.bytes(tag))
        try call("consume \(queue)") { state in
            _ = amqp_basic_consume(state, channel, name, tag, 0, 0, exclusive ? 1 : 0, amqp_table_t())
        }
    }

    private func call(_ operation: String, _ body: (amqp_connection_state_t) -> Void) throws(AMQPError) {
        let state = try open(operation)
        lifeline.arm(for: configuration.connectTimeout + .seconds(1))
        defer {
            lifeline.disarm()
            pool.recycle()
        }
        body(state)
        if let error = AMQPError(reply: amqp_get_rpc_reply(state), operation: operation) { throw error }
    }
}
