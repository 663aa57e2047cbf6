/// The decision: who gets what through which channel, now or later or never, and why.
///
/// The rate-limiter calls it to act, the API to explain what happened and to forecast. It reads no clock and no
/// environment, so equal facts give equal decisions. What is weighed, in this order:
///
/// 1. still wanted: reminder, recipient's dismissal, case, not put off (snoozed)
/// 2. nothing that whoever set it may not know of the case, and somewhere to go: known user, chosen channel, an address that
///    is one, and that no user has who is told too
/// 3. somebody this deployment may write to
/// 4. not too late
/// 5. channel switched on
/// 6. not in quiet hours
/// 7. within the limit of its kind: of the recipient's own, or of what others cause
///
/// One permit covers all channels of an occurrence for a recipient, and all that leaves together with it. Where no channel
/// was chosen or the user is unknown, one verdict is given for one channel, the first that the user or the reminder would
/// have had and mail otherwise, so that there is exactly one final record.
public enum Decision {
    /// Decides.
    public static func decide(_ facts: DecisionFacts) -> DeliveryDecision {
        var decision = DeliveryDecision()
        decision.trace.reserveCapacity(6)
        var channels = selectChannels(facts, &decision)

        if let reason = withdrawal(facts.wanted) {
            let until = reason == .snoozed ? facts.recipient.snoozedUntil : nil
            decision.trace.append(until.map { .snoozed(until: $0) } ?? .withdrawn(reason))
            return decision.closing(orFallback(channels, facts), .withdraw(reason))
        }
        if facts.isKeptFromCreator {
            let kept = orFallback(channels, facts)
            decision.trace.append(.keptFromCreator)
            return decision.closing(kept, .drop(.caseNotReadable))
        }
        guard facts.recipient.isKnown else {
            let fallback = facts.ledger == nil ? ChannelSet(fallbackChannel(facts)) : orFallback(channels, facts)
            decision.trace.append(.rejected(.unknownUser, fallback))
            return decision.closing(fallback, .reject(.unknownUser))
        }
        guard !channels.isEmpty else {
            // A later decision that finds every open channel deselected has given its verdicts already.
            guard decision.verdicts.isEmpty else { return decision.sorted() }
            let fallback = ChannelSet(fallbackChannel(facts))
            decision.trace.append(.rejected(.noChannel, fallback))
            return decision.closing(fallback, .reject(.noChannel))
        }
        if facts.recipient.isToldAsUser {
            decision.trace.append(.rejected(.toldAsUser, channels))
            return decision.closing(channels, .reject(.toldAsUser))
        }
        let bad = channels.intersection(facts.recipient.badAddresses)
        let without = channels.subtracting(facts.recipient.addresses.union(facts.switches.installed.needingNoAddress))
            .subtracting(bad)
        for (reason, rejected) in [(RejectReason.badAddress, bad), (.noAddress, without)] where !rejected.isEmpty {
            decision.trace.append(.rejected(reason, rejected))
            decision.close(rejected, .reject(reason))
            channels.subtract(rejected)
        }
        let notAllowed = channels.intersection(facts.recipient.notAllowed)
        if !notAllowed.isEmpty {
            decision.trace.append(.notAllowedHere(notAllowed))
            decision.close(notAllowed, .drop(.notAllowedHere))
            channels.subtract(notAllowed)
        }
        if !channels.isEmpty { weigh(channels, facts, &decision) }
        return decision.sorted()
    }

    /// Steps 4 to 7 for channels that somebody wants and that lead somewhere.
    private static func weigh(_ wanted: ChannelSet, _ facts: DecisionFacts, _ decision: inout DeliveryDecision) {
        var channels = wanted
        if let step = lateness(facts) {
            decision.trace.append(step)
            if case .lateness(_, _, isTooLate: true) = step { return decision.close(channels, .drop(.tooLate)) }
        }
        let switchedOff = channels.subtracting(facts.switches.channels)
        if !switchedOff.isEmpty {
            decision.trace.append(.switchedOff(switchedOff))
            decision.close(switchedOff, .hold(until: nil, .switchedOff))
            channels.subtract(switchedOff)
        }
        guard !channels.isEmpty else { return }
        if let verdict = quietHours(facts, &decision) ?? limit(facts, &decision) {
            decision.close(channels, verdict)
        } else {
            decision.close(channels, .send)
        }
    }

    private static func quietHours(
        _ facts: DecisionFacts, _ decision: inout DeliveryDecision
    ) -> DeliveryVerdict? {
        guard let hours = facts.recipient.quietHours, hours.isEnabled else { return nil }
        guard let end = hours.end(containing: facts.now) else {
            decision.trace.append(.notQuiet(hours))
            return nil
        }
        if facts.switches.urgentPassesQuietHours, facts.reminder.priority >= .urgent {
            decision.trace.append(.passedQuietHours(hours))
            return nil
        }
        if facts.switches.quietHoursOverflow == .drop {
            decision.trace.append(.droppedInQuietHours(hours))
            return .drop(.quietHours)
        }
        let until = end == .distantFuture ? nil : end
        decision.trace.append(.quiet(until: until, hours))
        return .hold(until: until, .quietHours)
    }

    /// An urgent reminder that passes the limit takes a permit all the same, so that it counts for what follows.
    private static func limit(_ facts: DecisionFacts, _ decision: inout DeliveryDecision) -> DeliveryVerdict? {
        let permits = facts.permits
        if permits.holdsPermit || permits.sharesPermit {
            decision.trace.append(permits.holdsPermit ? .holdsPermit : .sharesPermit)
            return nil
        }
        guard let window = facts.switches.limit else {
            decision.trace.append(.unlimited)
            return nil
        }
        let kind = facts.permitKind
        let granted = permits.granted(kind, facts.switches)
        let used = granted.reduce(0) { $0 + ($1 + window.length > facts.now ? 1 : 0) }
        if let slot = nextSlot(facts, granted, window) {
            guard facts.switches.urgentPassesLimit, facts.reminder.priority >= .urgent else {
                if facts.switches.overflow == .drop {
                    decision.trace.append(.droppedByLimit(used: used, limit: window.limit, kind))
                    return .drop(.rateLimited)
                }
                decision.trace.append(
                    .limitReached(
                        used: used, limit: window.limit, heldAhead: permits.heldAhead, nextSlot: slot, kind))
                return .hold(until: slot, kind.holdReason)
            }
            decision.trace.append(.passedLimit(used: used, limit: window.limit, kind))
        } else {
            decision.trace.append(.permitGranted(used: used, limit: window.limit, kind))
        }
        decision.permit = kind
        return nil
    }

    /// When it is its turn, or nil when it gets a permit now.
    ///
    /// In digests, what waits goes together with those ahead of it, so they take one permit for each full message. A
    /// newcomer does not get one before them, and joins them: its turn may be now.
    private static func nextSlot(
        _ facts: DecisionFacts, _ granted: [Instant], _ window: PermitWindow
    ) -> Instant? {
        let now = facts.now
        let heldAhead = facts.permits.heldAhead
        let isDigest = facts.switches.overflow == .digest
        let messagesAhead = isDigest ? heldAhead / DigestLimit.reminders : heldAhead
        let isNew = facts.ledger == nil
        switch window.answer(granted: granted, heldAhead: isNew ? heldAhead : messagesAhead, now: now) {
        case .granted: return nil
        case .nextSlot(let slot):
            guard messagesAhead < heldAhead else { return slot }
            switch window.answer(granted: granted, heldAhead: messagesAhead, now: now) {
            case .granted: return now
            case .nextSlot(let slot): return slot
            }
        }
    }

    private static func orFallback(_ channels: ChannelSet, _ facts: DecisionFacts) -> ChannelSet {
        channels.isEmpty && facts.ledger == nil ? ChannelSet(fallbackChannel(facts)) : channels
    }

    private static func fallbackChannel(_ facts: DecisionFacts) -> ChannelKind {
        facts.recipient.defaultChannels.channels.first ?? facts.reminder.channels.wanted.channels.first ?? .email
    }
}

extension DeliveryDecision {
    mutating func close(_ channels: ChannelSet, _ verdict: DeliveryVerdict) {
        for channel in channels.channels {
            verdicts.append(ChannelVerdict(channel: channel, verdict: verdict))
        }
    }

    func closing(_ channels: ChannelSet, _ verdict: DeliveryVerdict) -> DeliveryDecision {
        var decision = self
        decision.close(channels, verdict)
        return decision.sorted()
    }

    func sorted() -> DeliveryDecision {
        guard verdicts.count > 1 else { return self }
        var decision = self
        decision.verdicts.sort { $0.channel < $1.channel }
        return decision
    }
}

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
