import RemindersContracts
import RemindersDomain
import RemindersStore

extension BatchDecision {
    /// A message that is to be sent: for one delivery, or for those of a digest.
    struct Outgoing: Sendable {
        let request: DeliveryRequested
        let traceparent: String?
        /// It was held: nobody has to come back to its row once the message is confirmed.
        let wasHeld: Bool

        var key: DeliveryKey { key(of: request.reminder.occurrenceID, request.reminder.generation) }

        /// All deliveries that leave with it.
        var keys: [DeliveryKey] { [key] + request.digest.map { key(of: $0.occurrenceID, $0.generation) } }

        private func key(of occurrence: Int64, _ generation: Int) -> DeliveryKey {
            DeliveryKey(
                occurrenceID: occurrence, recipient: request.recipient, channel: request.channel,
                generation: generation)
        }
    }

    /// A delivery that ends without an attempt: withdrawn, rejected or dropped.
    struct Ended: Sendable {
        let logged: DeliveryLogged
        let traceparent: String?
    }
}
