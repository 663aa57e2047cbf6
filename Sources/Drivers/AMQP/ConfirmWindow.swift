import DequeModule

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
