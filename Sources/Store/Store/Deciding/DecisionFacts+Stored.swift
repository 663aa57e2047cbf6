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
        let due = facts.due
        var switches = switches
        if let maximum = due.maximumLateness { switches.maximumLateness = maximum }
        self.init(
            now: now,
            occurrence: .init(
                id: due.occurrenceID, dueAt: due.dueAt, trigger: due.trigger, oldStatus: due.oldStatus,
                newStatus: due.newStatus, deadline: due.deadline, isSuperseded: due.isSuperseded),
            reminder: .init(
                priority: due.priority,
                channels: due.reminderChannels, overridesPreferences: due.overridesPreferences, isActive: due.isActive,
                isDeleted: due.isDeleted),
            caseFacts: due.caseIsKnown
                ? .init(
                    status: due.caseStatus, deadline: due.caseDeadline, isClosed: due.caseIsClosed,
                    isDeleted: due.caseIsDeleted) : nil,
            recipient: RecipientFacts(facts, switches), permits: permits ?? PermitFacts(facts),
            ledger: ledger,
            switches: switches)
        isCausedByOther = facts.isCausedByOther
        isKeptFromCreator = due.isKeptFromCreator
        if permits == nil { self.permits.heldAhead = facts.heldAhead(permitKind) }
    }
}

extension StoredFacts {
    /// How many wait ahead of the occurrence for a permit of this kind.
    fileprivate func heldAhead(_ kind: PermitKind) -> Int {
        let line = kind == .own ? person.heldForRate : person.heldForRateOfOthers
        return line.firstIndex(of: due.occurrenceID) ?? line.count
    }
}

extension DecisionFacts.PermitFacts {
    /// The recipient's permits.
    fileprivate init(_ facts: StoredFacts) {
        self.init(
            granted: facts.person.permits, grantedToOthers: facts.person.permitsOfOthers,
            holdsPermit: facts.holdsPermit)
    }
}

extension DecisionFacts.RecipientFacts {
    fileprivate init(_ facts: StoredFacts, _ switches: DecisionFacts.Switches) {
        let channels = switches.installed
        let person = facts.person
        var addresses = channels.havingOperatorsAddress.union(ChannelSet(person.otherAddresses.keys))
        var badAddresses: ChannelSet = []
        if let address = facts.address(through: .email) {
            // The sender would refuse it, and it would never end in the ledger.
            if (try? MailAddress(address)) == nil { badAddresses.insert(.email) } else { addresses.insert(.email) }
        }
        self.init(
            recipient: person.recipient, isKnown: person.userIsKnown || person.recipient.address != nil,
            defaultChannels: person.preferredChannels ?? .unlessChosen,
            addresses: addresses, badAddresses: badAddresses, isToldAsUser: facts.isToldAsUser,
            quietHours: person.quietHours.flatMap { QuietHours($0, zone: facts.timeZone) },
            snoozedUntil: facts.response.snoozedUntil, hasDismissed: facts.response.isDismissed,
            isAddressed: facts.isAddressed, isErased: person.isErased)
        if let onlyTo = switches.onlyTo {
            notAllowed = ChannelSet(
                channels.kinds.filter { !onlyTo.allows(person.recipient, through: $0, at: facts.address(through: $0)) })
        }
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
