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
    /// What the case says made it fire, and whoever set it may not know that.
    case keptFromCreator
    /// There is nowhere to send it.
    case rejected(RejectReason, ChannelSet)
    /// This deployment may not write to where these channels lead.
    case notAllowedHere(ChannelSet)
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
    case permitGranted(used: Int, limit: Int, PermitKind = .own)
    /// The limit is reached.
    case limitReached(used: Int, limit: Int, heldAhead: Int, nextSlot: Instant, PermitKind = .own)
    /// The limit is reached, and the operator wants nothing kept for later.
    case droppedByLimit(used: Int, limit: Int, PermitKind = .own)
    /// The limit is reached, but the reminder is urgent and the operator lets such ones pass.
    case passedLimit(used: Int, limit: Int, PermitKind = .own)
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

extension DecisionStep {
    /// The rule, a word for machines.
    public var rule: String {
        switch self {
        case .channels: "channels"
        case .open, .deselected: "ledger"
        case .withdrawn(let reason): reason.rawValue
        case .rejected(let reason, _): reason.rawValue
        case .keptFromCreator: DropReason.caseNotReadable.rawValue
        case .notAllowedHere: DropReason.notAllowedHere.rawValue
        case .lateness: "maximum_lateness"
        case .snoozed: "snoozed"
        case .switchedOff: "switched_off"
        case .quiet, .droppedInQuietHours, .passedQuietHours, .notQuiet: "quiet_hours"
        case .holdsPermit, .sharesPermit, .permitGranted, .limitReached, .droppedByLimit, .passedLimit, .unlimited:
            "rate_limit"
        }
    }

    /// What the rule looked at, in words.
    public var value: String {
        switch self {
        case .channels(let channels, let source): "\(channels) (\(source.words))"
        case .open(let channels): "still open: \(channels)"
        case .deselected(let channels): "no longer chosen: \(channels)"
        case .withdrawn(let reason): reason.words
        case .rejected(.noAddress, let channels): "the user has no address for \(channels)"
        case .rejected(.badAddress, let channels): "no \(channels) can go to what stands as the address"
        case .rejected(.toldAsUser, _): "a user whom the reminder is for has this address, and gets a mail of their own"
        case .rejected(.unknownUser, _): "there is no such user"
        case .rejected(.noChannel, _): "neither the reminder nor the user chose a channel"
        case .keptFromCreator: "whoever set it may not know what the case says"
        case .notAllowedHere(let channels): "this deployment writes to few people only, and not to them by \(channels)"
        case .lateness(let late, let maximum, _): "\(late.words) late, at most \(maximum.words) allowed"
        case .snoozed(let until): "put off until \(until)"
        case .switchedOff(let channels): "switched off by the operator: \(channels)"
        case .quiet(_, let hours), .droppedInQuietHours(let hours), .passedQuietHours(let hours):
            "quiet from \(hours.words), and it is that now"
        case .notQuiet(let hours): "quiet from \(hours.words), and it is not that now"
        case .holdsPermit: "this notification has its permit already"
        case .sharesPermit: "it leaves in one message with another, which has its permit"
        case .permitGranted(let used, let limit, let kind), .droppedByLimit(let used, let limit, let kind),
            .passedLimit(let used, let limit, let kind):
            "\(used) of \(limit) permits\(kind.words) used in the window"
        case .limitReached(let used, let limit, let heldAhead, _, let kind):
            "\(used) of \(limit) permits\(kind.words) used in the window, \(heldAhead) waiting ahead"
        case .unlimited: "there is no limit"
        }
    }

    /// What followed, in words.
    public var consequence: String {
        switch self {
        case .channels, .notQuiet, .holdsPermit, .sharesPermit, .unlimited, .lateness(_, _, isTooLate: false):
            "goes on"
        case .open: "only these are decided"
        case .withdrawn, .deselected: "withdrawn"
        case .rejected: "rejected"
        case .keptFromCreator, .notAllowedHere, .lateness, .droppedInQuietHours, .droppedByLimit: "dropped"
        case .snoozed: "withdrawn; it comes again then"
        case .switchedOff: "held until switched on"
        case .quiet(let until?, _): "held until \(until)"
        case .quiet(nil, _): "held until the quiet hours are changed"
        case .passedQuietHours, .passedLimit: "sent all the same, being urgent"
        case .permitGranted: "a permit is taken"
        case .limitReached(_, _, _, let nextSlot, _): "held until \(nextSlot)"
        }
    }
}

extension DecisionStep: CustomStringConvertible {
    /// `quiet_hours: quiet from 22:00 to 07:00 …: held until …`
    public var description: String { "\(rule): \(value): \(consequence)" }
}

extension DecisionStep.ChannelSource {
    fileprivate var words: String {
        switch self {
        case .address: "a raw address gets mail only"
        case .override: "the reminder overrides the user's preferences"
        case .reminder: "the reminder's own channels, the user's defaults for the rest"
        case .preferences: "the user's defaults"
        }
    }
}

extension PermitKind {
    fileprivate var words: String { self == .own ? "" : " for what others cause" }
}

extension QuietHours {
    fileprivate var words: String {
        let days = weekdays == .all ? "" : " on " + weekdays.days.map { "\($0)" }.joined(separator: ", ")
        return "\(start) to \(end)\(days) in \(zone.identifier)"
    }
}
