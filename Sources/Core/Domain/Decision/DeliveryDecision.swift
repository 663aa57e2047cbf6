/// What is to become of an occurrence for one recipient, and why.
public struct DeliveryDecision: Hashable, Sendable {
    /// The verdict for one channel.
    public struct ChannelVerdict: Hashable, Sendable {
        /// Which channel.
        public let channel: ChannelKind
        /// What becomes of the delivery.
        public let verdict: DeliveryVerdict

        /// A verdict for a channel.
        public init(channel: ChannelKind, verdict: DeliveryVerdict) {
            self.channel = channel
            self.verdict = verdict
        }
    }

    /// One for each channel concerned, in the order of `ChannelKind`. Empty only where the ledger has nothing
    /// open.
    public internal(set) var verdicts: [ChannelVerdict] = []
    /// Whether a permit is to be written for the recipient and this occurrence, in the transaction that requests the
    /// deliveries. False when it holds one already and when nothing is sent now.
    public internal(set) var takesPermit = false
    /// The reasons, in the order in which they were weighed.
    public internal(set) var trace: [DecisionStep] = []

    /// The verdict for a channel, or nil if the decision doesn't concern it.
    public subscript(channel: ChannelKind) -> DeliveryVerdict? {
        verdicts.first { $0.channel == channel }?.verdict
    }

    /// The channels to request now.
    public var sent: ChannelSet {
        verdicts.reduce(into: []) { if $1.verdict == .send { $0.insert($1.channel) } }
    }

    /// The same without what is held: for deliveries that wait anyway, and are looked at before their time.
    public var withoutHolds: DeliveryDecision {
        var decision = self
        decision.verdicts.removeAll { $0.verdict.state == .held }
        return decision
    }
}
