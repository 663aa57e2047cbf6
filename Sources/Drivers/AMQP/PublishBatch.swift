/// The messages of one call of `publish` and what has become of each. Lives on the session's thread.
final class PublishBatch {
    let confirms: Bool
    let deadline: ContinuousClock.Instant
    private(set) var messages: [Message]
    /// Index of the next message to write.
    var next = 0
    /// Messages without an outcome.
    private(set) var open: Int

    private var outcomes: [PublishOutcome?]
    /// Mandatory messages that came back; their confirm is still to come.
    private var returned: [Int: PublishError] = [:]
    private var continuation: CheckedContinuation<[PublishOutcome], Never>?

    init(
        _ messages: [Message], confirms: Bool, deadline: ContinuousClock.Instant,
        continuation: CheckedContinuation<[PublishOutcome], Never>?
    ) {
        self.messages = messages
        self.confirms = confirms
        self.deadline = deadline
        self.continuation = continuation
        open = messages.count
        outcomes = Array(repeating: nil, count: messages.count)
    }

    var isSettled: Bool { open == 0 }

    /// Whether some messages are not written yet.
    var isWaiting: Bool { !isSettled && next < messages.count }

    func isOpen(_ index: Int) -> Bool { !isSettled && outcomes[index] == nil }

    func markReturned(_ index: Int, _ error: PublishError) {
        returned[index] = error
    }

    /// Gives a message its outcome, if it has none. The last one ends the call of `publish`.
    ///
    /// - Returns: whether it had none.
    @discardableResult
    func settle(_ index: Int, _ outcome: PublishOutcome) -> Bool {
        guard isOpen(index) else { return false }
        if !returned.isEmpty, outcome == .confirmed, let error = returned[index] {
            outcomes[index] = .failed(error)
        } else {
            outcomes[index] = outcome
        }
        open -= 1
        if open == 0 {
            continuation.take()?.resume(returning: outcomes.compactMap(\.self))
            // Late confirms may hold on to the batch for a while.
            (messages, outcomes, returned) = ([], [], [:])
        }
        return true
    }
}
