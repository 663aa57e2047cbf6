import RemindersAMQP

/// A `reminder.due.v1` from the queue, with the occurrence that its body names. Nothing else says which one it is: a
/// publisher need not set a `message_id`, nor the right one.
struct DueDelivery: Sendable {
    let delivery: Delivery
    let occurrenceID: Int64
    /// Of which reminder it is, as the message says.
    let reminderID: Int64
}

extension [DueDelivery] {
    /// What can be acknowledged, and what has to come back because not all that followed from it was published.
    func settled(unpublished: Set<Int64>) -> (done: [Delivery], again: [Delivery]) {
        var done: [Delivery] = []
        var again: [Delivery] = []
        for due in self {
            if unpublished.contains(due.occurrenceID) {
                again.append(due.delivery)
            } else {
                done.append(due.delivery)
            }
        }
        return (done, again)
    }
}
