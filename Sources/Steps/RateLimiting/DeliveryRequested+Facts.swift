import RemindersContracts
import RemindersDomain
import RemindersStore

/// From what the database holds to what the sender shows.
extension DeliveryRequested {
    init(
        _ facts: StoredFacts, channel: ChannelKind, id: DeliveryID, generation: Int, now: Instant, reading: CaseReading,
        digest: [ShownReminder] = []
    ) {
        let person = facts.person
        self.init(
            facts.shown(id: id, generation: generation, reading), to: person.recipient, through: channel,
            address: facts.address(through: channel), name: person.name,
            locale: person.locale ?? "en", timeZone: facts.timeZone ?? "UTC", requestedAt: now, digest: digest)
    }
}
