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
    init(_ configuration: AMQPConfiguration) throws(AMQPError) {
        try configuration.check()
        self.configuration = configuration
        let state = try Self.opened(configuration)
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
