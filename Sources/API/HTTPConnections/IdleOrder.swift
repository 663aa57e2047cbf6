import DequeModule

/// Which of the connections that have nothing in hand goes first when there is no room for another: those that never
/// showed a valid token before those that did, and of each the one that has been idle longest.
struct IdleOrder<ID: Hashable> {
    private struct Turn {
        let id: ID
        let number: UInt64
    }

    /// The turn of each that is idle now. What the queues have beside these is out of date.
    private var turns: [ID: UInt64] = [:]
    private var strangers: Deque<Turn> = []
    private var known: Deque<Turn> = []
    private var next: UInt64 = 0

    /// How many are idle.
    var count: Int { turns.count }

    /// It has nothing in hand from now on.
    mutating func rest(_ id: ID, isKnown: Bool) {
        next += 1
        turns[id] = next
        if isKnown {
            known.append(Turn(id: id, number: next))
        } else {
            strangers.append(Turn(id: id, number: next))
        }
        if strangers.count + known.count > 2 * turns.count + 64 { forgetOutdated() }
    }

    /// It has something in hand, or is gone.
    mutating func remove(_ id: ID) {
        turns[id] = nil
    }

    /// The first to go, which is no longer idle then; nil when all have something in hand.
    mutating func takeFirst() -> ID? {
        while let turn = strangers.popFirst() ?? known.popFirst() {
            guard turns[turn.id] == turn.number else { continue }
            turns[turn.id] = nil
            return turn.id
        }
        return nil
    }

    private mutating func forgetOutdated() {
        strangers.removeAll { turns[$0.id] != $0.number }
        known.removeAll { turns[$0.id] != $0.number }
    }
}
