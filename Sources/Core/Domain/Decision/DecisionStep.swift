/// One reason in a decision: a rule, the value it looked at, and what followed.
///
/// It is kept as values; the words are made only when somebody asks.
public enum DecisionStep: Hashable, Sendable {
    /// Where the choice of channels came from.
    public enum ChannelSource: String, Sendable {
        /// The recipient is a raw address.
        case address
        /// The reminder overrides the user's preferences.
        case override
        /// The reminder names channels, the user's defaults fill the rest.
        case reminder
        /// The user's defaults.
        case preferences
    }

    /// The channels that were chosen.
    case channels(ChannelSet, source: ChannelSource)
    /// Only these channels are still open in the ledger.
    case open(ChannelSet)
    /// Open channels that are no longer chosen.
    case deselected(ChannelSet)
    /// The delivery isn't wanted any more.
    case withdrawn(WithdrawReason)
    /// There is nowhere to send it.
    case rejected(RejectReason, ChannelSet)
    /// How late it is, from when it was due or released.
    case lateness(Duration, maximum: Duration, isTooLate: Bool)
    /// The recipient put the reminder off.
    case snoozed(until: Instant)
    /// Channels that the operator switched off.
    case switchedOff(ChannelSet)
    /// It is quiet until then; nil is for ever.
    case quiet(until: Instant?, QuietHours)
    /// It is quiet, and the operator wants nothing kept for later.
    case droppedInQuietHours(QuietHours)
    /// It is quiet, but the reminder is urgent and the operator lets such ones pass.
    case passedQuietHours(QuietHours)
    /// The user has quiet hours, and this isn't one.
    case notQuiet(QuietHours)
    /// The occurrence holds a permit already.
    case holdsPermit
    /// It leaves in one message with another, which holds the permit.
    case sharesPermit
    /// A permit is granted; `used` were granted before in the window.
    case permitGranted(used: Int, limit: Int)
    /// The limit is reached.
    case limitReached(used: Int, limit: Int, heldAhead: Int, nextSlot: Instant)
    /// The limit is reached, and the operator wants nothing kept for later.
    case droppedByLimit(used: Int, limit: Int)
    /// The limit is reached, but the reminder is urgent and the operator lets such ones pass.
    case passedLimit(used: Int, limit: Int)
    /// There is no limit.
    case unlimited
}

extension DecisionStep {
    /// Whether the operator's exception for urgent reminders let it pass.
    public var isException: Bool {
        switch self {
        case .passedQuietHours, .passedLimit: true
        default: false
        }
    }
}
