import RemindersContracts
import RemindersDomain
import RemindersStore

/// From what the database holds to what the sender shows.
extension DeliveryRequested {
    init(
        _ facts: StoredFacts, channel: ChannelKind, id: DeliveryID, generation: Int, now: Instant,
        digest: [DigestItem] = []
    ) {
        let (due, person) = (facts.due, facts.person)
        let address: String? =
            switch channel {
            case .email: facts.mailAddress
            case .mattermost: person.mattermostName.map { "@\($0)" }
            case .frontend: nil
            }
        self.init(
            deliveryID: id.text, occurrenceID: due.occurrenceID, reminderID: due.reminderID,
            recipient: person.recipient, channel: channel, address: address, name: person.name,
            locale: person.locale ?? "en", timeZone: facts.timeZone ?? "UTC", priority: due.priority,
            title: due.title, message: due.message,
            about: due.summary, trigger: due.trigger, event: due.event, dueAt: due.dueAt, requestedAt: now,
            generation: generation, digest: digest)
    }
}

extension DigestItem {
    init(_ due: DueOccurrence, id: DeliveryID, generation: Int = 0) {
        self.init(
            deliveryID: id.text, occurrenceID: due.occurrenceID, reminderID: due.reminderID,
            priority: due.priority, title: due.title, message: due.message, about: due.summary,
            trigger: due.trigger, event: due.event, dueAt: due.dueAt, generation: generation)
    }
}

extension DueOccurrence {
    fileprivate var summary: CaseSummary {
        CaseSummary(reference: about, title: caseTitle, status: caseStatus, url: caseURL)
    }

    fileprivate var event: DeliveryRequested.StatusChange? {
        newStatus == nil ? nil : .init(oldStatus: oldStatus, newStatus: newStatus)
    }
}
