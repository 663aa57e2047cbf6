/// What becomes of deliveries that quiet hours or the limit keep back.
public enum OverflowPolicy: String, CaseIterable, Sendable, Codable {
    /// Each waits for its own time.
    case `defer`
    /// They wait, and what waits for one person leaves together, as one message for each channel.
    case digest
    /// They end, with a record of why.
    case drop
}

/// How much leaves together.
public enum DigestLimit {
    /// Reminders of one message, the first included; what is beyond waits for the next.
    public static let reminders = 50
}

extension DecisionFacts.Switches {
    /// Why deliveries are held that leave together when one of them does.
    public var digestedReasons: Set<HoldReason> {
        var reasons: Set<HoldReason> = []
        if overflow == .digest { reasons.insert(.rateLimited) }
        if quietHoursOverflow == .digest { reasons.insert(.quietHours) }
        return reasons
    }
}
