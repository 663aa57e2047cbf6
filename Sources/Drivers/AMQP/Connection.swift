import CRabbitMQ
import Glibc

/// The owner of one librabbitmq connection: it opens, uses and destroys it, all on one thread.
///
/// After any error the connection can only be destroyed: librabbitmq leaves half-sent frames behind. Not `Sendable`;
/// it is kept by an actor on an `IOThread`.
final class Connection {
    let configuration: AMQPConfiguration
    let pool = EncodingPool()
    let lifeline: Lifeline
    /// Socket to poll.
    let descriptor: Int32
    /// As the broker agreed.
    let heartbeat: Duration
    /// As the broker agreed.
    let limits: MessageLimits

    private(set) var handle: amqp_connection_state_t?
    private var frame = amqp_frame_t()
    private var reader = FrameReader()
    /// Bytes of librabbitmq's memory that frames read since the last release take up, about.
    private var borrowed = 0
    private var corked = false

    /// Connects and logs in. Blocks: for the name server's time-outs, and `connectTimeout` twice.
    init(
        _ configuration: AMQPConfiguration, to endpoint: AMQPConfiguration.Endpoint
    ) throws(AMQPError) {
        try configuration.check()
        self.configuration = configuration
        let state = try Self.opened(configuration, to: endpoint)
        descriptor = amqp_get_sockfd(state)
        lifeline = Lifeline(descriptor: descriptor)
        handle = state
        do {
            try Self.logIn(state, configuration, pool, lifeline)
        } catch {
            heartbeat = .zero
            limits = MessageLimits(bodyBytes: 0, frameBytes: 0)
            destroy()
            throw error
        }
        heartbeat = .seconds(max(1, Int64(amqp_get_heartbeat(state))))
        limits = MessageLimits(
            bodyBytes: configuration.maximumBodyBytes, frameBytes: Int(amqp_get_frame_max(state)))
        lifeline.setSilenceLimit(heartbeat * 2 + .milliseconds(500))
        Socket.tune(descriptor, userTimeout: heartbeat * 3)
        setRPCTimeout(configuration.connectTimeout)
    }

    deinit {
        destroy()
    }

    /// Frees everything without a word to the broker. May be called again.
    func destroy() {
        guard let state = handle.take() else { return }
        lifeline.disarm()
        amqp_destroy_connection(state)
        lifeline.release()
    }

    /// Says goodbye, waits for the answer for at most two seconds, and destroys the connection.
    func close() {
        guard let state = handle else { return }
        setRPCTimeout(.seconds(2))
        lifeline.arm(for: .seconds(3))
        _ = amqp_connection_close(state, 200)
        destroy()
    }

    /// The next frame that has arrived, without waiting; sends and checks heartbeats too.
    ///
    /// - Returns: nil when there is none. What it points to is valid until the next call.
    func nextFrame() throws(AMQPError) -> IncomingFrame? {
        let state = try open("read frame")
        if borrowed > 1 << 20 { releaseBuffers() }
        var noWait = timeval()
        while true {
            let status = amqp_simple_wait_frame_noblock(state, &frame, &noWait)
            if status == AMQP_STATUS_TIMEOUT.rawValue { return nil }
            guard status == AMQP_STATUS_OK.rawValue else { throw AMQPError(status: status, operation: "read frame") }
            borrowed += 256
            if Int32(frame.frame_type) == AMQP_FRAME_BODY { borrowed += frame.payload.body_fragment.len }
            if let read = reader.read(frame) { return read }
        }
    }

    /// The channel of the frame read last.
    var channel: UInt16 { frame.channel }

    /// Whether frames have been read from the socket already, so that polling would not report them.
    var hasBufferedFrames: Bool {
        guard let state = handle else { return false }
        return amqp_frames_enqueued(state) != 0 || amqp_data_in_buffer(state) != 0
    }

    /// Gives back librabbitmq's memory of all frames read so far.
    func releaseBuffers() {
        guard let state = handle, borrowed > 0 else { return }
        amqp_maybe_release_buffers(state)
        borrowed = 0
    }

    /// Whether at least about 100 KB can be sent without waiting.
    var isWritable: Bool { Socket.isWritable(descriptor) }

    /// Sends nothing but full packets until `uncork`: librabbitmq makes three or more small writes a message.
    func cork() {
        guard !corked else { return }
        corked = true
        Socket.setCork(descriptor, true)
    }

    /// Sends what `cork` held back.
    func uncork() {
        guard corked else { return }
        corked = false
        Socket.setCork(descriptor, false)
    }

    func open(_ operation: String) throws(AMQPError) -> amqp_connection_state_t {
        guard let handle else {
            throw AMQPError(status: AMQP_STATUS_CONNECTION_CLOSED.rawValue, operation: operation)
        }
        return handle
    }

    private func setRPCTimeout(_ limit: Duration) {
        var timeout = timeval(limit)
        if let handle { amqp_set_rpc_timeout(handle, &timeout) }
    }
}

/// Options of the TCP socket that librabbitmq leaves alone (tcp(7), socket(7)).
enum Socket {
    /// - Parameter userTimeout: how long sent data may stay unacknowledged before the kernel gives the peer up. It is
    ///   behind heartbeats and the watchdog, and longer than both.
    static func tune(_ descriptor: Int32, userTimeout: Duration) {
        let milliseconds = Int32(clamping: userTimeout.components.seconds * 1000)
        set(descriptor, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, milliseconds)
        // A fixed size: `isWritable` then means that a third of it is free.
        set(descriptor, SOL_SOCKET, SO_SNDBUF, 512 * 1024)
    }

    static func setCork(_ descriptor: Int32, _ on: Bool) {
        set(descriptor, Int32(IPPROTO_TCP), TCP_CORK, on ? 1 : 0)
    }

    /// poll(2) reports a TCP socket writable while a third of its buffer is free.
    static func isWritable(_ descriptor: Int32) -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&request, 1, 0) > 0
    }

    private static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        // An option that the kernel refuses costs speed or a later notice, nothing else.
        _ = setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }
}

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
