import RemindersDomain
import RemindersPostgres

@testable import RemindersStore

extension ReminderStore {
    /// Claims deliveries as messages of theirs would: with the ids that the ledger has.
    func claim(
        _ keys: [DeliveryKey], owner: Int32, lease: Duration, suspectFrom: Int = .max,
        isInHand: @Sendable (DeliveryKey) -> Bool
    ) async throws -> (claims: [Claim], unwanted: [OccurrenceRecipient: String]) {
        var requested: [RequestedDelivery] = []
        for key in keys {
            let rows = try await pool.query(
                Query(
                    """
                    SELECT id FROM deliveries
                    WHERE occurrence_id = $1 AND recipient = $2 AND channel = $3 AND generation = $4
                    """,
                    [
                        .int8(key.occurrenceID), .text(key.recipient.key), .text(key.channel.rawValue),
                        .int2(Int16(key.generation)),
                    ]))
            let id = try rows.readFirst { try $0.deliveryID("id") } ?? DeliveryID(high: 0, low: 0)
            requested.append(RequestedDelivery(key: key, id: id))
        }
        return try await claim(
            requested, owner: owner, lease: lease, suspectFrom: suspectFrom, isInHand: isInHand)
    }
}
