import Contracts
import Domain
import Store

/// From what the database holds to what the decision weighs, and to what the sender shows.
extension DecisionFacts {
    init(
        _ facts: StoredFacts, now: Instant, policy: RateLimiter.Policy, ledger: LedgerFacts?,
        permits: PermitFacts
    ) {
        var switches = policy.switches
        if let maximum = facts.maximumLateness { switches.maximumLateness = maximum }
        let set = facts.reminderChannels
        self.init(
            now: now,
            occurrence: .init(
                id: facts.occurrenceID, dueAt: facts.dueAt, trigger: facts.trigger, oldStatus: facts.oldStatus,
                newStatus: facts.newStatus),
            reminder: .init(
                priority: facts.priority,
                channels: ChannelChoice(email: set[.email], mattermost: set[.mattermost], frontend: set[.frontend]),
                overridesPreferences: facts.overridesPreferences, isActive: facts.isActive,
                isDeleted: facts.isDeleted),
            caseFacts: .init(status: facts.caseStatus, isClosed: facts.caseIsClosed),
            recipient: RecipientFacts(facts), permits: permits, ledger: ledger, switches: switches)
    }
}

extension DecisionFacts.RecipientFacts {
    fileprivate init(_ facts: StoredFacts) {
        // A post without a name goes to the webhook's own channel, so Mattermost always leads somewhere.
        var addresses: ChannelSet = .mattermost
        // One that no mail can go to is none: its message would be refused by the sender, and never end in the ledger.
        if let address = facts.recipient.address ?? facts.email, (try? MailAddress(address)) != nil {
            addresses.insert(.email)
        }
        self.init(
            recipient: facts.recipient, isKnown: facts.userIsKnown || facts.recipient.address != nil,
            defaultChannels: facts.preferredChannels.map { preferred in
                ChannelSet(ChannelKind.allCases.filter { preferred[$0] == true })
            } ?? [.email, .frontend],
            addresses: addresses, quietHours: facts.quietHours.flatMap { QuietHours($0, zone: facts.timeZone) },
            snoozedUntil: facts.isWakeUp ? nil : facts.snoozedUntil, hasDismissed: facts.isDismissed)
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

extension DeliveryRequested {
    init(_ facts: StoredFacts, channel: ChannelKind, id: DeliveryID, now: Instant) {
        let address: String? =
            switch channel {
            case .email: facts.recipient.address ?? facts.email
            case .mattermost: facts.mattermostName.map { "@\($0)" }
            case .frontend: nil
            }
        self.init(
            deliveryID: id.text, occurrenceID: facts.occurrenceID, reminderID: facts.reminderID,
            recipient: facts.recipient, channel: channel, address: address, name: facts.name,
            locale: facts.locale ?? "en", timeZone: facts.timeZone ?? "UTC", priority: facts.priority,
            title: facts.title, message: facts.message,
            about: CaseSummary(
                reference: facts.about, title: facts.caseTitle, status: facts.caseStatus, url: facts.caseURL),
            trigger: facts.trigger,
            event: facts.newStatus == nil
                ? nil : StatusChange(oldStatus: facts.oldStatus, newStatus: facts.newStatus),
            dueAt: facts.dueAt, requestedAt: now)
    }
}
