/// One rung of the retry ladder: a queue with a fixed time to live.
public struct RetryDelay: Hashable, Sendable {
    /// The last part of the queue's name, such as `10m`.
    public let name: String
    /// How long a message stays there.
    public let duration: Duration

    /// A rung. Names are part of queue names: letters, digits and hyphens.
    public init(name: String, duration: Duration) {
        self.name = name
        self.duration = duration
    }

    /// The queue's `x-message-ttl`.
    public var milliseconds: Int64 { duration.wholeMilliseconds }
}
