import RemindersStore

/// The deliveries between their claim and the note of their end.
///
/// Counted: what is put back in the ledger may be claimed anew, by a message that came twice, before its putting back has been
/// noted here. Were it forgotten with that, a third message would find a claim of this process's that it is not at, and take it
/// for one whose answer was lost: it would be attempted a second time.
struct InHand: Sendable {
    private var counts: [DeliveryKey: Int] = [:]

    /// Whether this process is at it.
    func contains(_ delivery: DeliveryKey) -> Bool { counts[delivery] != nil }

    /// These were claimed.
    mutating func add(_ deliveries: some Sequence<DeliveryKey>) {
        for delivery in deliveries { counts[delivery, default: 0] += 1 }
    }

    /// What became of these has been written into the ledger, or is in the dead letters.
    mutating func remove(_ deliveries: some Sequence<DeliveryKey>) {
        for delivery in deliveries {
            guard let count = counts[delivery] else { continue }
            counts[delivery] = count > 1 ? count - 1 : nil
        }
    }
}
