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
