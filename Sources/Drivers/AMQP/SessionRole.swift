/// What a session does with its connection: publish or consume. Lives on the session's thread.
protocol SessionRole: AnyObject, SendableMetatype {
    /// A new connection is there and not yet used: declare, open channels. It is destroyed when this throws.
    func connected(_ connection: Connection, epoch: UInt64) throws(AMQPError)

    /// A frame has arrived. The connection is destroyed when this throws.
    func received(_ frame: IncomingFrame, on connection: Connection) throws(AMQPError)

    /// All frames that had arrived are read.
    func drained()

    /// Writes what is waiting, about 32 KB at most, so that what comes in is read now and then: two sides that only
    /// write fill each other's buffers and stop.
    func write(on connection: Connection) throws(AMQPError) -> WriteResult

    /// Called about four times a heartbeat, and once a second at least.
    func tick(now: ContinuousClock.Instant) throws(AMQPError)

    /// The connection is gone, with everything that was known about it.
    func lost()

    /// There will be no connection any more.
    func ended()

    /// Whether a lost connection is not worth another.
    var isFinished: Bool { get }
}

/// Where `SessionRole.write` got to.
enum WriteResult {
    /// Nothing is waiting that could be written now.
    case idle
    /// There is more to write.
    case more
    /// There is, but the socket takes no more now.
    case full
}
