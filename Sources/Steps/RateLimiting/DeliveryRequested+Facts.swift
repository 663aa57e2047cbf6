import RemindersContracts
import RemindersDomain
import RemindersStore

/// From what the database holds to what the sender shows.
extension DeliveryRequested {
    init(
        _ facts: StoredFacts, channel: ChannelKind, id: DeliveryID, generation: Int, now: Instant,
        digest: [ShownReminder] = []
    ) {
        let address: String? =
            switch channel {
            case .email: facts.mailAddress
            case .mattermost: facts.mattermostName.map { "@\($0)" }
            case .frontend: nil
            }
        self.init(
            ShownReminder(facts, id: id, generation: generation), to: facts.recipient, through: channel,
            address: address, name: facts.name,
            locale: facts.locale ?? "en", timeZone: facts.timeZone ?? "UTC", requestedAt: now, digest: digest)
    }
}

extension ShownReminder {
    init(_ facts: StoredFacts, id: DeliveryID, generation: Int = 0) {
        self.init(
            deliveryID: id, generation: generation, occurrenceID: facts.occurrenceID, reminderID: facts.reminderID,
            priority: facts.priority,
            title: facts.title, message: facts.message,
            about: CaseSummary(
                reference: facts.about, title: facts.caseTitle, status: facts.caseStatus, url: facts.caseURL),
            trigger: facts.trigger,
            event: facts.newStatus.map { StatusChange(oldStatus: facts.oldStatus, newStatus: $0) }, dueAt: facts.dueAt)
    }
}
