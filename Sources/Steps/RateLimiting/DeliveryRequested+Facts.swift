import RemindersContracts
import RemindersDomain
import RemindersStore

/// From what the database holds to what the sender shows.
extension DeliveryRequested {
    init(
        _ facts: StoredFacts, channel: ChannelKind, id: DeliveryID, generation: Int, now: Instant,
        digest: [DigestItem] = []
    ) {
        let address: String? =
            switch channel {
            case .email: facts.mailAddress
            case .mattermost: facts.mattermostName.map { "@\($0)" }
            case .frontend: nil
            }
        self.init(
            deliveryID: id.text, occurrenceID: facts.occurrenceID, reminderID: facts.reminderID,
            recipient: facts.recipient, channel: channel, address: address, name: facts.name,
            locale: facts.locale ?? "en", timeZone: facts.timeZone ?? "UTC", priority: facts.priority,
            title: facts.title, message: facts.message,
            about: facts.summary, trigger: facts.trigger, event: facts.event, dueAt: facts.dueAt, requestedAt: now,
            generation: generation, digest: digest)
    }
}

extension DigestItem {
    init(_ facts: StoredFacts, id: DeliveryID, generation: Int = 0) {
        self.init(
            deliveryID: id.text, occurrenceID: facts.occurrenceID, reminderID: facts.reminderID,
            priority: facts.priority, title: facts.title, message: facts.message, about: facts.summary,
            trigger: facts.trigger, event: facts.event, dueAt: facts.dueAt, generation: generation)
    }
}

extension StoredFacts {
    fileprivate var summary: CaseSummary {
        CaseSummary(reference: about, title: caseTitle, status: caseStatus, url: caseURL)
    }

    fileprivate var event: DeliveryRequested.StatusChange? {
        newStatus == nil ? nil : .init(oldStatus: oldStatus, newStatus: newStatus)
    }
}
