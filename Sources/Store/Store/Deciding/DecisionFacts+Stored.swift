import RemindersDomain

/// From what the database holds to what the decision weighs.
extension DecisionFacts {
    /// The facts about one occurrence for one recipient.
    ///
    /// - Parameters:
    ///   - now: the moment of the decision, by the database's clock.
    ///   - switches: the operator's; the reminder's own maximum lateness wins over theirs.
    ///   - ledger: what is open of it already; nil for the first decision.
    ///   - permits: nil for those that were read with the facts. Whoever decides about many counts on from there.
    public init(
        _ facts: StoredFacts, now: Instant, switches: Switches, ledger: LedgerFacts? = nil,
        permits: PermitFacts? = nil
    ) {
        var switches = switches
        if let maximum = facts.maximumLateness { switches.maximumLateness = maximum }
        let set = facts.reminderChannels
        self.init(
            now: now,
            occurrence: .init(
                id: facts.occurrenceID, dueAt: facts.dueAt, trigger: facts.trigger, oldStatus: facts.oldStatus,
                newStatus: facts.newStatus, deadline: facts.deadline,
                isSuperseded: facts.isSuperseded),
            reminder: .init(
                priority: facts.priority,
                channels: ChannelChoice(set),
                overridesPreferences: facts.overridesPreferences, isActive: facts.isActive,
                isDeleted: facts.isDeleted),
            caseFacts: facts.caseIsKnown
                ? .init(
                    status: facts.caseStatus, deadline: facts.caseDeadline, isClosed: facts.caseIsClosed,
                    isDeleted: facts.caseIsDeleted) : nil,
            recipient: RecipientFacts(facts), permits: permits ?? PermitFacts(facts), ledger: ledger,
            switches: switches)
    }
}

extension DecisionFacts.PermitFacts {
    /// The recipient's permits, and the occurrence's place among those that wait for one.
    fileprivate init(_ facts: StoredFacts) {
        self.init(
            granted: facts.permits, holdsPermit: facts.holdsPermit,
            heldAhead: facts.heldForRate.firstIndex(of: facts.occurrenceID) ?? facts.heldForRate.count)
    }
}

extension DecisionFacts.RecipientFacts {
    fileprivate init(_ facts: StoredFacts) {
        // A post without a name goes to the webhook's own channel, so Mattermost always leads somewhere.
        var addresses: ChannelSet = .mattermost
        var badAddresses: ChannelSet = []
        if let address = facts.mailAddress {
            // The sender would refuse it, and it would never end in the ledger.
            if (try? MailAddress(address)) == nil { badAddresses.insert(.email) } else { addresses.insert(.email) }
        }
        self.init(
            recipient: facts.recipient, isKnown: facts.userIsKnown || facts.recipient.address != nil,
            defaultChannels: facts.preferredChannels.map { preferred in
                ChannelSet(preferred.lazy.filter(\.value).map(\.key))
            } ?? [.email, .frontend],
            addresses: addresses, badAddresses: badAddresses, isToldAsUser: facts.isToldAsUser,
            quietHours: facts.quietHours.flatMap { QuietHours($0, zone: facts.timeZone) },
            snoozedUntil: facts.snoozedUntil, hasDismissed: facts.isDismissed, isAddressed: facts.isAddressed)
    }
}

extension QuietHours {
    /// nil where the zone is unknown to this process; the database checks names against its own copy of the zones.
    fileprivate init?(_ stored: StoredQuietHours, zone: String?) {
        guard let start = LocalTime(minutes: stored.startMinute), let end = LocalTime(minutes: stored.endMinute),
            let zone = try? ZoneCatalog.shared.zone(zone ?? "UTC")
        else { return nil }
        self.init(
            start: start, end: end, weekdays: WeekdaySet(stored.isoWeekdays.compactMap(Weekday.init(rawValue:))),
            zone: zone)
    }
}
