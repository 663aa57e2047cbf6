extension DecisionStep {
    /// The rule, a word for machines.
    public var rule: String {
        switch self {
        case .channels: "channels"
        case .open, .deselected: "ledger"
        case .withdrawn(let reason): reason.rawValue
        case .rejected(let reason, _): reason.rawValue
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
        case .lateness(let late, let maximum, _): "\(late.words) late, at most \(maximum.words) allowed"
        case .snoozed(let until): "put off until \(until)"
        case .switchedOff(let channels): "switched off by the operator: \(channels)"
        case .quiet(_, let hours), .droppedInQuietHours(let hours), .passedQuietHours(let hours):
            "quiet from \(hours.words), and it is that now"
        case .notQuiet(let hours): "quiet from \(hours.words), and it is not that now"
        case .holdsPermit: "this notification has its permit already"
        case .sharesPermit: "it leaves in one message with another, which has its permit"
        case .permitGranted(let used, let limit), .droppedByLimit(let used, let limit),
            .passedLimit(let used, let limit):
            "\(used) of \(limit) permits used in the window"
        case .limitReached(let used, let limit, let heldAhead, _):
            "\(used) of \(limit) permits used in the window, \(heldAhead) waiting ahead"
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
        case .lateness, .droppedInQuietHours, .droppedByLimit: "dropped"
        case .snoozed: "withdrawn; it comes again then"
        case .switchedOff: "held until switched on"
        case .quiet(let until?, _): "held until \(until)"
        case .quiet(nil, _): "held until the quiet hours are changed"
        case .passedQuietHours, .passedLimit: "sent all the same, being urgent"
        case .permitGranted: "a permit is taken"
        case .limitReached(_, _, _, let nextSlot): "held until \(nextSlot)"
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

extension QuietHours {
    fileprivate var words: String {
        let days = weekdays == .all ? "" : " on " + weekdays.days.map { "\($0)" }.joined(separator: ", ")
        return "\(start) to \(end)\(days) in \(zone.identifier)"
    }
}
