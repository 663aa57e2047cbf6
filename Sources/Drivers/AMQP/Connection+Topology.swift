import CRabbitMQ

// Declaring, and looking whether what others declared is there.
extension Connection {
    /// - Throws: `AMQPError`: what the broker refused first; or, where it is only looked, all that is missing (404).
    func declare(_ topology: Topology, on channel: UInt16) throws(AMQPError) {
        try topology.check()
        if topology.passive {
            let missing = try missing(of: topology, on: channel)
            guard missing.isEmpty else {
                let text = "\(missing.joined(separator: ", ")) \(missing.count == 1 ? "is" : "are") not there"
                throw AMQPError(
                    code: .reply(404), operation: "look for exchanges and queues",
                    text: topology.remedy.map { "\(text); \($0)" } ?? text)
            }
        } else {
            for exchange in topology.exchanges { try declare(exchange, passive: false, on: channel) }
        }
        let queues = topology.queues.filter { !topology.passive || $0.exclusive }
        for queue in queues { _ = try declare(queue, passive: false, on: channel) }
        let names = Set(queues.map(\.name))
        for binding in topology.bindings where !topology.passive || names.contains(binding.queue) {
            let (queue, exchange) = (pool.bytes(binding.queue), pool.bytes(binding.exchange))
            let (key, arguments) = (pool.bytes(binding.routingKey), pool.table(binding.arguments))
            try call("bind queue \(binding.queue) to \(binding.exchange)") { state in
                _ = amqp_queue_bind(state, channel, queue, exchange, key, arguments)
            }
        }
    }

    /// What is shared and not there: "queue rate-limiter.due".
    private func missing(of topology: Topology, on channel: UInt16) throws(AMQPError) -> [String] {
        var missing: [String] = []
        for part in topology.shared where try !exists(part, on: channel) { missing.append(part.description) }
        return missing
    }

    /// How what is there differs from a topology. Nothing is changed: what is missing is not declared.
    func compare(_ topology: Topology, on channel: UInt16) throws(AMQPError) -> [TopologyDifference] {
        try topology.check()
        var differences: [TopologyDifference] = []
        for part in topology.shared {
            guard try exists(part, on: channel) else {
                differences.append(TopologyDifference(subject: part.description, kind: .missing))
                continue
            }
            // What is declared again as it is stays; with other arguments the broker refuses (AMQP 0-9-1, 406).
            let refusal = try refusal(of: [403, 406], on: channel) { () throws(AMQPError) in
                try declare(part, passive: false, on: channel)
            }
            guard let refusal else { continue }
            let kind: TopologyDifference.Kind =
                refusal.replyCode == 403 ? .hidden(refusal.text) : .other(refusal.text)
            differences.append(TopologyDifference(subject: part.description, kind: kind))
        }
        return differences
    }

    private func exists(_ part: Topology.Part, on channel: UInt16) throws(AMQPError) -> Bool {
        try refusal(of: [404], on: channel) { () throws(AMQPError) in
            try declare(part, passive: true, on: channel)
        } == nil
    }

    /// Does something that the broker may refuse with one of these reply codes. It closes the channel then, which is opened
    /// again.
    private func refusal(
        of codes: Set<Int>, on channel: UInt16, _ body: () throws(AMQPError) -> Void
    ) throws(AMQPError) -> AMQPError? {
        do throws(AMQPError) {
            try body()
            return nil
        } catch {
            guard let code = error.replyCode, codes.contains(code) else { throw error }
            try acknowledgeChannelClose(channel)
            try openChannel(channel)
            return error
        }
    }

    private func declare(_ part: Topology.Part, passive: Bool, on channel: UInt16) throws(AMQPError) {
        switch part {
        case .exchange(let exchange): try declare(exchange, passive: passive, on: channel)
        case .queue(let queue): _ = try declare(queue, passive: passive, on: channel)
        }
    }

    private func declare(_ exchange: Exchange, passive: Bool, on channel: UInt16) throws(AMQPError) {
        let (name, kind) = (pool.bytes(exchange.name), pool.bytes(exchange.kind.rawValue))
        let arguments = pool.table(exchange.arguments)
        try call("\(passive ? "look for" : "declare") exchange \(exchange.name)") { state in
            _ = amqp_exchange_declare(
                state, channel, name, kind, passive ? 1 : 0, exchange.durable ? 1 : 0, 0, 0, arguments)
        }
    }

    func declare(_ queue: Queue, passive: Bool, on channel: UInt16) throws(AMQPError) -> QueueStatus {
        let (name, arguments) = (pool.bytes(queue.name), pool.table(queue.arguments))
        var status = QueueStatus(messages: 0, consumers: 0)
        try call("\(passive ? "look for" : "declare") queue \(queue.name)") { state in
            let answer = amqp_queue_declare(
                state, channel, name, passive ? 1 : 0, queue.durable ? 1 : 0, queue.exclusive ? 1 : 0,
                queue.autoDelete ? 1 : 0, arguments)
            guard let answer = answer?.pointee else { return }
            status = QueueStatus(messages: Int(answer.message_count), consumers: Int(answer.consumer_count))
        }
        return status
    }
}

extension Topology {
    /// An exchange or a queue.
    fileprivate enum Part: CustomStringConvertible {
        case exchange(Exchange)
        case queue(Queue)

        var description: String {
            switch self {
            case .exchange(let exchange): "exchange \(exchange.name)"
            case .queue(let queue): "queue \(queue.name)"
            }
        }
    }

    /// What others may have declared.
    fileprivate var shared: [Part] {
        exchanges.map(Part.exchange) + queues.filter { !$0.exclusive }.map(Part.queue)
    }
}
