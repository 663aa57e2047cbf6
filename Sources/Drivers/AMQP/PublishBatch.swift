import DequeModule

/// How one publish ended.
public enum PublishOutcome: Hashable, Sendable {
    /// The broker has taken responsibility: for a quorum queue, a majority has it on disk.
    case confirmed
    /// It did not, or nobody knows.
    case failed(PublishError)

    /// The error, or nil when confirmed.
    public var error: PublishError? {
        if case .failed(let error) = self { error } else { nil }
    }
}

/// Why a message is not confirmed.
public enum PublishError: Error, Hashable, Sendable {
    /// A mandatory message that no queue is bound for: code 312, NO_ROUTE.
    case returned(code: Int, text: String)
    /// The broker refused to keep it, for example a full queue with `overflow=reject-publish`.
    case nacked
    /// Not handed to the broker: there is no connection, or it was lost before this message's turn.
    case notConnected
    /// Not handed to the broker: it takes no messages while memory or disk is short (`connection.blocked`).
    case blocked
    /// In doubt: the connection was lost between publish and confirm.
    case connectionLost
    /// In doubt: no confirm within the time allowed.
    case timedOut
    /// Not handed to the broker: it would be invalid there.
    case refused(reason: String)
    /// The broker closed the channel with this message on it, for example 404 for an unknown exchange. In doubt:
    /// messages published just before the guilty one may have arrived.
    case channelClosed(code: Int, text: String)

    /// Whether the message may have arrived all the same, so that sending it again may make two of it.
    public var isInDoubt: Bool {
        switch self {
        case .connectionLost, .timedOut, .channelClosed: true
        case .returned, .nacked, .notConnected, .blocked, .refused: false
        }
    }
}

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

/// Which publishes of a channel in confirm mode are still open, by the sequence numbers that broker and client count
/// alike from 1 (https://www.rabbitmq.com/docs/confirms).
struct ConfirmWindow<Token> {
    private struct Slot {
        let token: Token
        var open = true
    }

    private var slots = Deque<Slot>()
    /// Sequence number of the first slot.
    private var base: UInt64 = 1
    /// Where to look for the next returned message: returns come in the order of the publishes.
    private var returnedUpTo: UInt64 = 0

    /// Numbers that are not yet settled in order: this is what a window limits.
    var count: Int { slots.count }

    /// Notes the next publish.
    ///
    /// - Returns: its sequence number.
    @discardableResult
    mutating func append(_ token: Token) -> UInt64 {
        slots.append(Slot(token: token))
        return base + UInt64(slots.count) - 1
    }

    /// Closes what an ack or nack names.
    ///
    /// - Parameters:
    ///   - tag: a sequence number; an unknown or settled one is ignored.
    ///   - multiple: this number and all before it.
    ///   - body: called for each token that closes, in order.
    mutating func settle(_ tag: UInt64, multiple: Bool, _ body: (Token) -> Void) {
        guard tag >= base || multiple, !slots.isEmpty else { return }
        // Tag 0 with multiple means all.
        let last = base + UInt64(slots.count) - 1
        guard tag <= last else { return }
        let upTo = tag == 0 ? last : tag
        guard upTo >= base else { return }
        for index in (multiple ? 0 : Int(upTo - base))...Int(upTo - base) where slots[index].open {
            slots[index].open = false
            body(slots[index].token)
        }
        while let first = slots.first, !first.open {
            _ = slots.popFirst()
            base += 1
        }
    }

    /// Finds the open publish that a `basic.return` speaks of. It comes before the ack and carries no number, so it
    /// is told by its content: the first match after the last one returned.
    mutating func returned(where matches: (Token) -> Bool) -> Token? {
        let start = returnedUpTo >= base ? Int(returnedUpTo - base) + 1 : 0
        guard start < slots.count else { return nil }
        for index in start..<slots.count where slots[index].open && matches(slots[index].token) {
            returnedUpTo = base + UInt64(index)
            return slots[index].token
        }
        return nil
    }

    /// Closes everything and counts from 1 again, as a new channel does.
    mutating func reset(_ body: (Token) -> Void) {
        let old = slots
        self = ConfirmWindow()
        for index in 0..<old.count where old[index].open { body(old[index].token) }
    }
}
