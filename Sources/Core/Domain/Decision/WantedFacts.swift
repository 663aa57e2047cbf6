/// What decides whether anybody still wants a delivery: known when it is decided, and looked at once more when it is sent.
public struct WantedFacts: Hashable, Sendable {
    /// The moment, by the database's clock.
    public var now: Instant
    /// What fell due.
    public var occurrence: DecisionFacts.OccurrenceFacts
    /// Whether the reminder is switched on.
    public var isActive: Bool
    /// Whether the reminder was deleted.
    public var isDeleted: Bool
    /// The case; nil when nobody ever told about it, and then it stops nothing.
    public var caseFacts: DecisionFacts.CaseFacts?
    /// Whether the recipient dismissed this reminder.
    public var hasDismissed: Bool
    /// Until when the recipient put this reminder off, also when that is over.
    public var snoozedUntil: Instant?
    /// Whether the reminder is still for the recipient.
    public var isAddressed: Bool

    /// Facts with all their parts.
    public init(
        now: Instant, occurrence: DecisionFacts.OccurrenceFacts, isActive: Bool = true, isDeleted: Bool = false,
        caseFacts: DecisionFacts.CaseFacts? = nil, hasDismissed: Bool = false, snoozedUntil: Instant? = nil,
        isAddressed: Bool = true
    ) {
        self.now = now
        self.occurrence = occurrence
        self.isActive = isActive
        self.isDeleted = isDeleted
        self.caseFacts = caseFacts
        self.hasDismissed = hasDismissed
        self.snoozedUntil = snoozedUntil
        self.isAddressed = isAddressed
    }
}

extension DecisionFacts {
    /// Those of the facts that say whether anybody still wants it.
    public var wanted: WantedFacts {
        WantedFacts(
            now: now, occurrence: occurrence, isActive: reminder.isActive, isDeleted: reminder.isDeleted,
            caseFacts: caseFacts, hasDismissed: recipient.hasDismissed, snoozedUntil: recipient.snoozedUntil,
            isAddressed: recipient.isAddressed)
    }
}
