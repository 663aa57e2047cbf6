/// One message to publish.
public struct Message: Hashable, Sendable {
    /// Where to; "" is the default exchange, which routes to the queue named by the routing key. At most 255 bytes.
    public var exchange: String
    /// At most 255 bytes.
    public var routingKey: String
    /// At most `AMQPConfiguration.maximumBodyBytes`.
    public var body: [UInt8]
    /// What describes the body.
    public var properties: MessageProperties
    /// Whether a message that reaches no queue comes back as `PublishError.returned`. Without it the broker confirms
    /// such a message like any other.
    public var mandatory: Bool

    /// Takes the parts as they are; they are checked when published.
    public init(
        exchange: String, routingKey: String, body: [UInt8], properties: MessageProperties = MessageProperties(),
        mandatory: Bool = true
    ) {
        self.exchange = exchange
        self.routingKey = routingKey
        self.body = body
        self.properties = properties
        self.mandatory = mandatory
    }
}
