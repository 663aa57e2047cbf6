/// What will become of an occurrence for one recipient if nothing changes meanwhile: the decisions to come, in order,
/// and how each channel ends.
///
/// Every decision is `Decision.decide`'s own; what a forecast adds is the time that passes: permits that run out, those
/// who wait ahead and take theirs, quiet hours that end.
public struct Forecast: Hashable, Sendable {
    /// One decision to come.
    public struct Turn: Hashable, Sendable {
        /// When it will be made.
        public let at: Instant
        /// What it will say, with its steps.
        public let decision: DeliveryDecision
    }

    /// How it ends for one channel.
    public struct Outlook: Hashable, Sendable {
        /// Which channel.
        public let channel: ChannelKind
        /// How.
        public let end: End
    }

    /// An end, or what stands in its way.
    public enum End: Hashable, Sendable {
        /// It goes to the channel's sender then.
        case sent(at: Instant)
        /// It ends then without being sent: withdrawn, rejected or dropped.
        case ended(at: Instant, DeliveryVerdict)
        /// It waits for something that has no time: a switch of the operator's, or a person's endless quiet hours.
        case waits(HoldReason)
        /// So much waits ahead that it is not worked out; it is not before this moment.
        case beyond(Instant, HoldReason)
    }

    /// The decisions about it, in their order.
    public var turns: [Turn] = []
    /// One for each channel, in the order of `ChannelKind`.
    public internal(set) var outlooks: [Outlook] = []

    /// How it ends for a channel; nil if it isn't one of its channels.
    public subscript(channel: ChannelKind) -> End? {
        outlooks.first { $0.channel == channel }?.end
    }
}

extension Forecast {
    /// An occurrence for the recipient that has yet to be decided about, or that waits.
    public struct Waiting: Sendable {
        /// A channel on which it waits.
        public struct Hold: Hashable, Sendable {
            /// Which channel.
            public var channel: ChannelKind
            /// Why.
            public var reason: HoldReason
            /// When it is decided about again; nil when only a change brings that about.
            public var until: Instant?

            /// A hold on a channel.
            public init(channel: ChannelKind, reason: HoldReason, until: Instant?) {
                self.channel = channel
                self.reason = reason
                self.until = until
            }
        }

        /// What a decision about it would weigh now. Of the permits `granted` and `holdsPermit` count; the moment, the
        /// place in line and the ledger are filled in as time passes.
        public var facts: DecisionFacts
        /// Where it waits; empty for one that was never decided about.
        public var holds: [Hold]

        /// An occurrence that waits, or that is yet to be decided about.
        public init(facts: DecisionFacts, holds: [Hold] = []) {
            self.facts = facts
            self.holds = holds
        }
    }

    /// What will become of `occurrence`.
    ///
    /// - Parameters:
    ///   - occurrence: one that waits, or one that was never decided about: then its first decision is made when it is
    ///     due, and no earlier than `facts.now`.
    ///   - others: what else waits for the same recipient, in any order. They may go ahead of it.
    ///   - bound: how many decisions are followed at most.
    public static func of(_ occurrence: Waiting, among others: [Waiting] = [], bound: Int = 20_000) -> Forecast {
        var queue = RecipientQueue(occurrence, among: others, bound: bound)
        return queue.forecast()
    }
}
