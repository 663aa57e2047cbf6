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
    /// The permit to be written for the recipient and this occurrence, in the transaction that requests the deliveries. nil
    /// when it holds one already and when nothing is sent now.
    public internal(set) var permit: PermitKind?
    /// Whether a permit is to be written.
    public var takesPermit: Bool { permit != nil }
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

/// What is to become of one delivery: one occurrence, one recipient, one channel.
public enum DeliveryVerdict: Hashable, Sendable {
    /// Request it now.
    case send
    /// Keep it and decide again at `until`; nil is until something changes (a switch, the user's quiet hours).
    case hold(until: Instant?, HoldReason)
    /// End it: nobody wants it any more.
    case withdraw(WithdrawReason)
    /// End it: there is nowhere to send it.
    case reject(RejectReason)
    /// End it: it is of no use any more, or would be too much.
    case drop(DropReason)

    /// The state of the ledger row.
    public var state: DeliveryState {
        switch self {
        case .send: .requested
        case .hold: .held
        case .withdraw: .withdrawn
        case .reject: .rejected
        case .drop: .dropped
        }
    }

    /// The reason of the ledger row; nil for `send`.
    public var reason: String? {
        switch self {
        case .send: nil
        case .hold(_, let reason): reason.rawValue
        case .withdraw(let reason): reason.rawValue
        case .reject(let reason): reason.rawValue
        case .drop(let reason): reason.rawValue
        }
    }

    /// The release time of the ledger row.
    public var releaseAt: Instant? {
        if case .hold(let until, _) = self { until } else { nil }
    }
}

/// Why a delivery waits.
public enum HoldReason: String, CaseIterable, Sendable, Codable {
    /// The channel is switched off.
    case switchedOff = "switched_off"
    /// The recipient's quiet hours.
    case quietHours = "quiet_hours"
    /// The recipient's limit is reached.
    case rateLimited = "rate_limited"
    /// The limit of what others cause is reached for the recipient.
    case rateLimitedOthers = "rate_limited_others"
    /// It had ended, was asked for again, and waits to be decided about.
    case askedForAgain = "asked_for_again"
}

extension HoldReason {
    /// Those of the limit: the delivery waits for a permit.
    public static let ofLimit = Set(PermitKind.allCases.map(\.holdReason))
}

/// Why there is nowhere to send a delivery.
public enum RejectReason: String, CaseIterable, Sendable, Codable {
    /// There is no such user.
    case unknownUser = "unknown_user"
    /// Neither the reminder nor the user chose a channel.
    case noChannel = "no_channel"
    /// The user has no address for the channel.
    case noAddress = "no_address"
    /// What stands for an address is none: nothing could be sent to it.
    case badAddress = "bad_address"
    /// The raw address is that of a user whom the reminder is for as well: they get one mail, the user's.
    case toldAsUser = "told_as_user"
}

/// Why a delivery is neither sent nor kept.
public enum DropReason: String, CaseIterable, Sendable, Codable {
    /// It is later than the operator allows.
    case tooLate = "too_late"
    /// It came in the recipient's quiet hours, and the operator wants nothing kept for later.
    case quietHours = "quiet_hours"
    /// The recipient's limit was reached, and the operator wants nothing kept for later.
    case rateLimited = "rate_limited"
    /// It fired because of what its case says, which whoever set it may not know.
    case caseNotReadable = "case_not_readable"
    /// The operator lets this deployment write to few people only, and this is none of them.
    case notAllowedHere = "not_allowed_here"
}
