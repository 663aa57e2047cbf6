extension Decision {
    /// Chooses the channels, closes open deliveries on channels that are no longer chosen, and tells both.
    static func selectChannels(_ facts: DecisionFacts, _ decision: inout DeliveryDecision) -> ChannelSet {
        let (chosen, source) = chosenChannels(facts)
        decision.trace.append(.channels(chosen, source: source))
        guard let open = facts.ledger?.open else { return chosen }

        decision.trace.append(.open(open))
        // A reminder that is withdrawn as a whole, or a user who has gone, has a better reason than this.
        guard withdrawal(facts.wanted) == nil, facts.recipient.isKnown else { return open }
        let deselected = open.subtracting(chosen)
        if !deselected.isEmpty {
            decision.trace.append(.deselected(deselected))
            decision.close(deselected, .withdraw(.channelDeselected))
        }
        return open.intersection(chosen)
    }

    private static func chosenChannels(_ facts: DecisionFacts) -> (ChannelSet, DecisionStep.ChannelSource) {
        if facts.recipient.recipient.address != nil { return (.email, .address) }
        let reminder = facts.reminder
        let chosen = reminder.channels.channels(
            defaults: facts.recipient.defaultChannels, override: reminder.overridesPreferences)
        if reminder.overridesPreferences { return (chosen, .override) }
        return (chosen, reminder.channels == .none ? .preferences : .reminder)
    }

    /// How late it is, from when it was due, or from when a hold ended; nil without a maximum.
    static func lateness(_ facts: DecisionFacts) -> DecisionStep? {
        guard let maximum = facts.switches.maximumLateness else { return nil }
        let promised = max(facts.occurrence.dueAt, facts.ledger?.heldUntil ?? facts.occurrence.dueAt)
        let late = max(.zero, facts.now - promised)
        return .lateness(late, maximum: maximum, isTooLate: late > maximum)
    }
}
