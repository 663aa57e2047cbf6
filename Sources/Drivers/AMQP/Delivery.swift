/// One message from a queue. It stays the broker's until it is acknowledged or rejected.
public struct Delivery: Hashable, Sendable {
    /// The whole body, or nothing when the message is oversized.
    public let body: [UInt8]
    /// Bytes of the body as the broker announced them.
    public let bodySize: UInt64
    /// What describes the body.
    public let properties: MessageProperties
    /// Where it was published.
    public let exchange: String
    /// What it was published with.
    public let routingKey: String
    /// Whether the broker has delivered it before. A publisher that sends twice makes two messages, each with false.
    public let redelivered: Bool
    /// The number on its channel, from 1.
    public let tag: UInt64
    /// The connection it came over, from 1: settling is possible over that one only.
    public let epoch: UInt64

    /// Takes the parts as they are, for tests without a broker.
    public init(
        body: [UInt8], bodySize: UInt64? = nil, properties: MessageProperties = MessageProperties(),
        exchange: String = "", routingKey: String = "", redelivered: Bool = false, tag: UInt64 = 1, epoch: UInt64 = 1
    ) {
        self.body = body
        self.bodySize = bodySize ?? UInt64(body.count)
        self.properties = properties
        self.exchange = exchange
        self.routingKey = routingKey
        self.redelivered = redelivered
        self.tag = tag
        self.epoch = epoch
    }

    /// Whether the body was larger than `AMQPConfiguration.maximumBodyBytes` and was left out. Such a message can
    /// only be rejected, or published anew by someone with a larger limit.
    public var isOversized: Bool { UInt64(body.count) != bodySize }

    /// How many times a quorum queue has delivered it before without an acknowledgement (`x-delivery-count`).
    public var deliveryCount: Int? { properties.headers["x-delivery-count"]?.integer }
}
