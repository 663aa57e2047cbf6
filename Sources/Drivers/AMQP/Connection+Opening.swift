import CRabbitMQ
import Glibc

extension Connection {
    /// Connects to the first node that lets it in, beginning with that at `turn`.
    static func made(_ configuration: AMQPConfiguration, turn: Int = 0) throws(AMQPError) -> Connection {
        let nodes = configuration.endpoints
        var failures: [(node: AMQPConfiguration.Endpoint, error: AMQPError)] = []
        for place in nodes.indices {
            let node = nodes[(turn + place) % nodes.count]
            do throws(AMQPError) {
                return try Connection(configuration, to: node)
            } catch {
                failures.append((node, error))
            }
        }
        let last = failures[failures.count - 1].error
        guard failures.count > 1 else { throw last }
        let text = failures.map { "\($0.node): \($0.error)" }.joined(separator: "; ")
        throw AMQPError(code: last.code, operation: "connect to any node", text: text)
    }

    /// Resolves the name, connects, and with TLS shakes hands.
    static func opened(
        _ configuration: AMQPConfiguration, to endpoint: AMQPConfiguration.Endpoint
    ) throws(AMQPError) -> amqp_connection_state_t {
        let operation = "connect to \(endpoint)"
        guard let state = amqp_new_connection() else {
            throw AMQPError(status: AMQP_STATUS_NO_MEMORY.rawValue, operation: operation)
        }
        do throws(AMQPError) {
            let socket = try socket(state, configuration.tls)
            var timeout = timeval(configuration.connectTimeout)
            let status = amqp_socket_open_noblock(socket, endpoint.host, Int32(endpoint.port), &timeout)
            guard status == AMQP_STATUS_OK.rawValue else { throw AMQPError(status: status, operation: operation) }
        } catch {
            amqp_destroy_connection(state)
            throw error
        }
        return state
    }

    private static func socket(
        _ state: amqp_connection_state_t, _ tls: TLSOptions?
    ) throws(AMQPError) -> OpaquePointer {
        guard let tls else {
            guard let socket = amqp_tcp_socket_new(state) else {
                throw AMQPError(status: AMQP_STATUS_NO_MEMORY.rawValue, operation: "make socket")
            }
            return socket
        }
        guard let socket = amqp_ssl_socket_new(state) else {
            throw AMQPError(status: AMQP_STATUS_SSL_ERROR.rawValue, operation: "make TLS socket")
        }
        amqp_ssl_socket_set_verify_peer(socket, 1)
        amqp_ssl_socket_set_verify_hostname(socket, 1)
        try require(amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST), "set TLS versions")
        try require(
            amqp_ssl_socket_set_cacert(socket, tls.certificateAuthorityFile),
            "read trusted certificates \(tls.certificateAuthorityFile)")
        if let certificate = tls.certificateFile, let key = tls.keyFile {
            try require(amqp_ssl_socket_set_key(socket, certificate, key), "read client certificate \(certificate)")
        }
        return socket
    }

    /// Negotiates and opens the virtual host.
    static func logIn(
        _ state: amqp_connection_state_t, _ configuration: AMQPConfiguration, _ pool: EncodingPool, _ lifeline: Lifeline
    ) throws(AMQPError) {
        defer { pool.recycle() }
        // Capabilities are off unless asked for: without consumer_cancel_notify a deleted queue is plain silence.
        var properties: FieldTable = [
            "capabilities": .table([
                "authentication_failure_close": .bool(true),
                "basic.nack": .bool(true),
                "connection.blocked": .bool(true),
                "consumer_cancel_notify": .bool(true),
                "publisher_confirms": .bool(true),
            ])
        ]
        if let name = configuration.connectionName { properties["connection_name"] = .string(name) }
        var table = pool.table(properties)
        var timeout = timeval(configuration.connectTimeout)
        amqp_set_handshake_timeout(state, &timeout)
        Watchdog.add(lifeline)
        lifeline.arm(for: configuration.connectTimeout + .seconds(1))
        defer { lifeline.disarm() }
        let (seconds, attoseconds) = configuration.heartbeat.components
        let heartbeat = min(max(seconds + (attoseconds > 0 ? 1 : 0), 1), 65_535)
        let reply = reminders_amqp_login_plain(
            state, configuration.virtualHost, 0, Int32(clamping: configuration.maximumFrameBytes), Int32(heartbeat),
            &table, configuration.user, configuration.password.reveal())
        if let error = AMQPError(reply: reply, operation: "log in as \(configuration.user)") { throw error }
    }

    private static func require(_ status: Int32, _ operation: String) throws(AMQPError) {
        guard status == AMQP_STATUS_OK.rawValue else { throw AMQPError(status: status, operation: operation) }
    }
}

extension timeval {
    init(_ duration: Duration) {
        let (seconds, attoseconds) = max(duration, .zero).components
        self.init(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
    }
}

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

    func call(_ operation: String, _ body: (amqp_connection_state_t) -> Void) throws(AMQPError) {
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
