import RemindersContracts
import RemindersDomain
import RemindersStore

/// From what the database holds to what the sender shows.
extension DeliveryRequested {
    init(
        _ facts: StoredFacts, channel: ChannelKind, id: DeliveryID, generation: Int, now: Instant,
        digest: [ShownReminder] = []
    ) {
        let (due, person) = (facts.due, facts.person)
        self.init(
            ShownReminder(due, id: id, generation: generation), to: person.recipient, through: channel,
            address: facts.address(through: channel), name: person.name,
            locale: person.locale ?? "en", timeZone: facts.timeZone ?? "UTC", requestedAt: now, digest: digest)
    }
}

extension ShownReminder {
    init(_ due: DueOccurrence, id: DeliveryID, generation: Int = 0) {
        self.init(
            deliveryID: id, generation: generation, occurrenceID: due.occurrenceID, reminderID: due.reminderID,
            priority: due.priority, title: due.title, message: due.message,
            about: CaseSummary(
                reference: due.about, title: due.caseTitle, status: due.caseStatus, url: due.caseURL),
            trigger: due.trigger,
            event: due.newStatus.map { StatusChange(oldStatus: due.oldStatus, newStatus: $0) }, dueAt: due.dueAt)
    }
}
