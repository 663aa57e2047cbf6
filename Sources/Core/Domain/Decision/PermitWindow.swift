/// How often one recipient may be notified: at most `limit` times in any stretch of `length`.
///
/// The window slides and is half open: at `now` those permits count that were granted in (now - length, now]. A slot is
/// free again exactly `length` after its permit was granted.
public struct PermitWindow: Hashable, Sendable {
    /// What a delivery that asks for a permit is told.
    public enum Answer: Hashable, Sendable {
        /// It has one, from now.
        case granted
        /// It has to wait until this moment, when its turn comes if nothing else changes.
        case nextSlot(Instant)
    }

    /// At least 1.
    public let limit: Int
    /// An hour unless said otherwise; more than zero.
    public let length: Duration

    /// A window.
    ///
    /// - Returns: nil for a limit below 1, which would hold everything for ever, and for a length that isn't positive.
    ///   Whoever reads the configuration refuses such values.
    public init?(limit: Int, length: Duration = .seconds(3_600)) {
        guard limit >= 1, length > .zero else { return nil }
        self.limit = limit
        self.length = length
    }

    /// Says whether the next delivery of a recipient gets a permit now.
    ///
    /// - Parameters:
    ///   - granted: when permits were granted to the recipient, in any order; those that no longer count may be among
    ///     them, those of the future (another machine's clock) count.
    ///   - heldAhead: how many deliveries wait for the limit and were first.
    public func answer(granted: [Instant], heldAhead: Int, now: Instant) -> Answer {
        var active: [Instant] = []
        for permit in granted where permit + length > now { active.append(permit) }
        let wanted = max(0, heldAhead)
        if active.count + wanted < limit { return .granted }

        active.sort()
        // Each wait for a slot takes the slot of the one `limit` before it; after `limit` waits the pattern repeats
        // a window later.
        let rounds = wanted / limit
        var slot = now
        for _ in 0...wanted % limit {
            let count = active.count
            slot = count < limit ? now : max(now, active[count - limit] + length)
            active.append(slot)
        }
        return .nextSlot(slot + length * rounds)
    }
}

/// Whose permits a notification takes: one's own, or those of what others cause. Each kind has the whole limit, so that what
/// others send keeps nobody from their own.
public enum PermitKind: String, CaseIterable, Sendable {
    /// For what the recipient set for themselves, and for what nobody knows who set.
    case own
    /// For what somebody else set.
    case others

    /// Why a delivery waits for one.
    public var holdReason: HoldReason { self == .own ? .rateLimited : .rateLimitedOthers }
}

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
        if overflow == .digest { reasons.formUnion(HoldReason.ofLimit) }
        if quietHoursOverflow == .digest { reasons.insert(.quietHours) }
        return reasons
    }
}
