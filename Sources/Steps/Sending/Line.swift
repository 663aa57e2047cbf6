import RemindersGround

/// Where deliveries wait to be claimed. They are still the broker's: should this process die, they are simply handed to
/// another, without a doubt.
///
/// What waits is bounded by the consumer's prefetch.
final class Line: Sendable {
    private struct State {
        var lanes: Lanes
        var isClosed = false
        /// Whether somebody will ring when the next attempt becomes slow.
        var isTimed = false
    }

    private let state: Locked<State>
    /// Rung when something may be claimed that could not be before.
    private let bell = Mailbox<Void>()

    /// An empty line.
    init(_ window: ClaimWindow) {
        state = Locked(State(lanes: Lanes(window)))
    }

    /// Adds deliveries at the end of their lanes.
    func put(_ deliveries: [(delivery: DecodedDelivery, lane: Lanes.Name)]) {
        state.withLock { $0.lanes.put(deliveries) }
        bell.put(())
    }

    /// Waits until something may be claimed, and takes it.
    ///
    /// - Parameter limit: the most to take, at least 1.
    /// - Returns: at least one; nil once it is closed, or when the task is cancelled. Each counts as attempted until `end`.
    func next(upTo limit: Int) async -> [DecodedDelivery]? {
        state.withLock { $0.lanes.beginTurn(at: .now) }
        return await take { $0.take(upTo: limit, at: .now) }
    }

    /// Waits until there is something, and takes all, whatever is being attempted. It does not count as attempted.
    ///
    /// - Returns: at least one; nil once it is closed, or when the task is cancelled.
    func nextForTrial() async -> [DecodedDelivery]? {
        await take { $0.popAll() }
    }

    private func take(_ body: (inout Lanes) -> [DecodedDelivery]) async -> [DecodedDelivery]? {
        while true {
            let (batch, isClosed, alarm) = state.withLock { state in
                guard !state.isClosed else { return ([DecodedDelivery](), true, ContinuousClock.Instant?.none) }
                let batch = body(&state.lanes)
                guard batch.isEmpty, !state.isTimed, let alarm = state.lanes.nextSlow else {
                    return (batch, false, nil)
                }
                state.isTimed = true
                return (batch, false, alarm)
            }
            if !batch.isEmpty { return batch }
            if let alarm { ring(at: alarm) }
            guard !isClosed, await bell.take(upTo: .max) != nil else { return nil }
        }
    }

    private func ring(at alarm: ContinuousClock.Instant) {
        Task {
            try? await Task.sleep(until: alarm, clock: .continuous)
            state.withLock { $0.isTimed = false }
            bell.put(())
        }
    }

    /// One of those taken is not being attempted any more, or could not be claimed.
    func end(_ delivery: DecodedDelivery, wasAttempted: Bool = true) {
        let isOpen = state.withLock { state in
            state.lanes.end(delivery, wasAttempted: wasAttempted)
            return state.lanes.isOpen
        }
        // Not for each that ends: mostly nothing may be claimed yet.
        if isOpen { bell.put(()) }
    }

    /// Nothing more will be taken.
    ///
    /// - Returns: what waited.
    func close() -> [DecodedDelivery] {
        let left = state.withLock { state in
            state.isClosed = true
            return state.lanes.popAll()
        }
        bell.close()
        return left
    }
}
