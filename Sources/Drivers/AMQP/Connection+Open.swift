import CRabbitMQ
import Glibc

extension Connection {
    /// Resolves the name, connects, and with TLS shakes hands.
    static func opened(_ configuration: AMQPConfiguration) throws(AMQPError) -> amqp_connection_state_t {
        let operation = "connect to \(configuration.host):\(configuration.port)"
        guard let state = amqp_new_connection() else {
            throw AMQPError(status: AMQP_STATUS_NO_MEMORY.rawValue, operation: operation)
        }
        do throws(AMQPError) {
            let socket = try socket(state, configuration.tls)
            var timeout = timeval(configuration.connectTimeout)
            let status = amqp_socket_open_noblock(socket, configuration.host, Int32(configuration.port), &timeout)
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
