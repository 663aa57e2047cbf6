import RemindersGround

/// The rules of the pool: who gets which connection, and when one is opened. It performs nothing: it returns what is
/// to be done.
struct PoolState {
    typealias ConnectionID = Int
    typealias WaiterID = UInt64

    /// What the pool has to do.
    enum Action: Equatable {
        case open(ConnectionID)
        case close(ConnectionID)
        case give(ConnectionID, to: WaiterID)
        /// Call `retry` after this time.
        case scheduleRetry(Duration)
        /// No connection could be made: these have waited for it.
        case fail([WaiterID])
    }

    private enum Slot {
        case opening
        case idle
        case taken
    }

    let size: Int
    private var backoff: Backoff
    private var slots: [ConnectionID: Slot] = [:]
    /// The last one used first: the others may be closed by the server, or their plans cold.
    private var idle: [ConnectionID] = []
    private var waiters: [WaiterID] = []
    private var unproven: Set<ConnectionID> = []
    private var nextConnection: ConnectionID = 1
    private var isRetryScheduled = false
    private(set) var isClosed = false

    init(size: Int, backoff: Backoff) {
        self.size = max(1, size)
        self.backoff = backoff
    }

    var liveCount: Int { slots.values.count { $0 != .opening } }
    var isEmpty: Bool { slots.isEmpty }
    var waiterCount: Int { waiters.count }

    /// Opens the first connection.
    mutating func start() -> [Action] {
        grow()
    }

    mutating func wait(_ waiter: WaiterID) -> [Action] {
        waiters.append(waiter)
        return serve() + grow()
    }

    /// For one that was given a connection which then proved to be dead: it has waited longest.
    mutating func waitAgain(_ waiter: WaiterID) -> [Action] {
        waiters.insert(waiter, at: 0)
        return serve() + grow()
    }

    /// - Returns: whether it was still waiting.
    mutating func cancel(_ waiter: WaiterID) -> Bool {
        guard let index = waiters.firstIndex(of: waiter) else { return false }
        waiters.remove(at: index)
        return true
    }

    mutating func opened(_ connection: ConnectionID) -> [Action] {
        guard slots[connection] == .opening else { return [] }
        guard !isClosed else { return discard(connection) }
        slots[connection] = .idle
        idle.append(connection)
        // It has yet to answer something: a server that accepts and hangs up must not be asked without pause.
        unproven.insert(connection)
        return serve() + grow()
    }

    /// A connection could not be made, or was lost.
    mutating func lost(_ connection: ConnectionID) -> [Action] {
        guard let slot = slots.removeValue(forKey: connection) else { return [] }
        idle.removeAll { $0 == connection }
        let isFailure = unproven.remove(connection) != nil || slot == .opening
        guard !isClosed else { return [] }
        guard isFailure else { return grow() }
        var actions: [Action] = []
        if liveCount == 0, slot == .opening, !waiters.isEmpty {
            actions.append(.fail(waiters))
            waiters = []
        }
        let delay = backoff.next()
        if !isRetryScheduled {
            isRetryScheduled = true
            actions.append(.scheduleRetry(delay))
        }
        return actions
    }

    mutating func retry() -> [Action] {
        isRetryScheduled = false
        return grow()
    }

    /// The connection has answered a request.
    mutating func proven(_ connection: ConnectionID) {
        guard unproven.remove(connection) != nil else { return }
        backoff.reset()
    }

    /// - Parameter isClean: false when its session is not as a new one would be.
    mutating func release(_ connection: ConnectionID, isClean: Bool) -> [Action] {
        guard slots[connection] == .taken else { return [] }
        guard isClean, !isClosed else { return discard(connection) + grow() }
        slots[connection] = .idle
        idle.append(connection)
        return serve()
    }

    /// Takes no one in any more; connections go as they become free.
    mutating func close() -> [Action] {
        isClosed = true
        var actions: [Action] = waiters.isEmpty ? [] : [.fail(waiters)]
        waiters = []
        for (connection, slot) in slots where slot != .taken { actions += discard(connection) }
        return actions
    }

    private mutating func discard(_ connection: ConnectionID) -> [Action] {
        slots[connection] = nil
        idle.removeAll { $0 == connection }
        unproven.remove(connection)
        return [.close(connection)]
    }

    /// Serves those who wait in their order.
    private mutating func serve() -> [Action] {
        var actions: [Action] = []
        while !waiters.isEmpty, let connection = idle.popLast() {
            slots[connection] = .taken
            actions.append(.give(connection, to: waiters.removeFirst()))
        }
        return actions
    }

    /// Opens as many connections as there are waiters for, and always one; after a failure one at a time, when its
    /// pause is over.
    private mutating func grow() -> [Action] {
        guard !isClosed, !isRetryScheduled else { return [] }
        let opening = slots.values.count { $0 == .opening }
        let wanted = max(waiters.count, slots.isEmpty ? 1 : 0)
        let allowed = backoff.failures > 0 ? 1 : size
        let count = min(wanted - opening, size - slots.count, allowed - opening)
        guard count > 0 else { return [] }
        return (0..<count).map { _ in
            defer { nextConnection += 1 }
            slots[nextConnection] = .opening
            return .open(nextConnection)
        }
    }
}
