/// Deliveries that senders died with, more than once.
///
/// Whatever a sender has in hand when it dies counts an attempt, although only one delivery may be what it dies of, or
/// none. So these are claimed and attempted one by one: what nothing is wrong with gets through, and what kills its
/// sender uses up its own attempts only.
extension Sending {
    /// Attempts suspects, one after the other, until the mailbox is closed. What has not had its turn by then goes back
    /// with the consumer.
    func attemptSuspects() async {
        while let suspects = await suspects.take(upTo: 1) {
            for claimed in await claim(suspects, suspectFrom: .max) {
                await finish([await attempt(claimed)])
            }
        }
    }
}
