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
    /// It had ended, was asked for again, and waits to be decided about.
    case askedForAgain = "asked_for_again"
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
}
