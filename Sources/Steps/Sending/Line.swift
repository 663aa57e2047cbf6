import DequeModule
import RemindersGround

/// Where deliveries wait to be claimed. They are still the broker's: should this process die, they are simply handed to
/// another, without a doubt.
///
/// What waits is bounded by the consumer's prefetch.
final class Line: Sendable {
    private struct State {
        var waiting = Deque<DecodedDelivery>()
        var window: ClaimWindow
        var isClosed = false

        mutating func pop(_ limit: Int) -> [DecodedDelivery] {
            let count = min(limit, waiting.count)
            defer { waiting.removeFirst(count) }
            return Array(waiting.prefix(count))
        }
    }

    private let state: Locked<State>
    /// Rung when something may be claimed that could not be before.
    private let bell = Mailbox<Void>()

    /// An empty line.
    init(_ window: ClaimWindow) {
        state = Locked(State(window: window))
    }

    /// Adds deliveries at the end.
    func put(_ deliveries: [DecodedDelivery]) {
        state.withLock { $0.waiting.append(contentsOf: deliveries) }
        bell.put(())
    }

    /// Waits until something may be claimed, and takes it.
    ///
    /// - Parameter limit: the most to take, at least 1.
    /// - Returns: at least one; nil once it is closed, or when the task is cancelled. Each counts as in hand until `giveUp`
    ///   or `end`.
    func next(upTo limit: Int) async -> [DecodedDelivery]? {
        state.withLock { $0.window.beginTurn() }
        return await take { state in
            let batch = state.pop(min(limit, state.window.room))
            state.window.claim(batch.count)
            return batch
        }
    }

    /// Waits until there is something, and takes all, whatever is in hand. It does not count as in hand.
    ///
    /// - Returns: at least one; nil once it is closed, or when the task is cancelled.
    func nextForTrial() async -> [DecodedDelivery]? {
        await take { $0.pop(.max) }
    }

    private func take(_ body: (inout State) -> [DecodedDelivery]) async -> [DecodedDelivery]? {
        while true {
            let (batch, isClosed) = state.withLock { state in (state.isClosed ? [] : body(&state), state.isClosed) }
            if !batch.isEmpty { return batch }
            guard !isClosed, await bell.take(upTo: .max) != nil else { return nil }
        }
    }

    /// So many of those taken were not claimed.
    func giveUp(_ count: Int) {
        guard count > 0 else { return }
        state.withLock { $0.window.giveUp(count) }
    }

    /// One of those taken is not being attempted any more.
    func end() {
        state.withLock { $0.window.end() }
        bell.put(())
    }

    /// Nothing more will be taken.
    ///
    /// - Returns: what waited.
    func close() -> [DecodedDelivery] {
        let left = state.withLock { state in
            state.isClosed = true
            return state.pop(.max)
        }
        bell.close()
        return left
    }
}
