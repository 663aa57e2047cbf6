/// Something that should have gone on by itself and has not, as the auditor finds it.
///
/// What waits rightly is none: what is held, for a time, the limit or a switch; what waits for its next attempt; what a digest
/// carries; what is for a channel that waits for its operator; what is in the dead letters, or set aside.
public struct AuditFinding: Hashable, Sendable {
    /// What did not go on.
    public enum Kind: String, CaseIterable, Sendable, Codable {
        /// A reminder is due, and no scheduler has taken it up.
        case notClaimed = "not_claimed"
        /// An occurrence is in the queue, and no scheduler has published it.
        case notPublished = "not_published"
        /// An occurrence was published, and no rate-limiter has decided about it.
        case notDecided = "not_decided"
        /// A delivery's hold is over, and no rate-limiter has let it go.
        case notReleased = "not_released"
        /// A delivery was handed to its channel, and no sender has got on with it.
        case notSent = "not_sent"
        /// The same, and what was handed over later has come through, or it was to leave with another that has ended: its
        /// message is not on its way any more.
        case forgotten
        /// A reminder that ought to be due some time is due never.
        case noNextTime = "no_next_time"

        /// What did not happen, in words.
        public var words: String {
            switch self {
            case .notClaimed: OverdueStage.notClaimed.words
            case .notPublished: OverdueStage.notPublished.words
            case .notDecided: OverdueStage.notDecided.words
            case .notReleased: "no rate-limiter has let it go although its hold is over"
            case .notSent: "no sender has got on with it"
            case .forgotten: "its message is not on its way any more"
            case .noNextTime: "it ought to be due some time, and is due never"
            }
        }
    }

    /// What did not go on.
    public let kind: Kind
    /// Through which channel; nil before one was chosen.
    public let channel: ChannelKind?
    /// How many there are; with `areMore` at least so many.
    public let count: Int
    /// Whether there are more than were counted.
    public let areMore: Bool
    /// Since when the first of them has not gone on; nil where nothing says so.
    public let since: Instant?
    /// Some of them, the first in front: ids of deliveries, else numbers of occurrences, else of reminders.
    public let examples: [String]

    /// A finding with these parts.
    public init(
        kind: Kind, channel: ChannelKind? = nil, count: Int, areMore: Bool = false, since: Instant? = nil,
        examples: [String]
    ) {
        self.kind = kind
        self.channel = channel
        self.count = count
        self.areMore = areMore
        self.since = since
        self.examples = examples
    }

    /// How long something may not go on before it is a finding, unless a setting says otherwise: what the broker has lost is
    /// handed over again within less.
    public static let usualPatience = Duration.seconds(600)
}
