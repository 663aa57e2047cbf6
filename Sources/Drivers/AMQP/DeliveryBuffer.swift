import DequeModule
import RemindersIOThread

/// Deliveries between the connection's thread and whoever handles them. Prefetch bounds it: the broker sends no more
/// before some are settled.
final class DeliveryBuffer: Sendable {
    private typealias Continuation = CheckedContinuation<[Delivery]?, Never>

    private struct Waiter {
        let number: UInt64
        let limit: Int
        let continuation: Continuation
    }

    private struct State {
        var deliveries = Deque<Delivery>()
        /// In the order of asking; as many as there are handlers, so few.
        var waiters: [Waiter] = []
        var nextWaiter: UInt64 = 0
        var finished = false

        mutating func take(_ limit: Int) -> [Delivery] {
            var batch: [Delivery] = []
            batch.reserveCapacity(min(limit, deliveries.count))
            while batch.count < limit, let delivery = deliveries.popFirst() { batch.append(delivery) }
            return batch
        }
    }

    private let state = Locked(State())

    /// Whether everything that has arrived is taken.
    var isEmpty: Bool { state.withLock { $0.deliveries.isEmpty } }

    /// Hands deliveries to those who wait, and keeps the rest.
    ///
    /// - Returns: those that nobody can take any more.
    func append(_ arrived: [Delivery]) -> [Delivery] {
        var served: [(Continuation, [Delivery])] = []
        let refused = state.withLock { state -> [Delivery] in
            guard !state.finished else { return arrived }
            for delivery in arrived { state.deliveries.append(delivery) }
            while !state.deliveries.isEmpty, !state.waiters.isEmpty {
                let waiter = state.waiters.removeFirst()
                served.append((waiter.continuation, state.take(waiter.limit)))
            }
            return []
        }
        for (continuation, batch) in served { continuation.resume(returning: batch) }
        return refused
    }

    /// Waits until there is something, then takes all there is up to `limit`.
    ///
    /// - Returns: nil once finished, or when the task is cancelled.
    func next(upTo limit: Int) async -> [Delivery]? {
        let number = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                wait(Waiter(number: number, limit: max(limit, 1), continuation: continuation))
            }
        } onCancel: {
            cancel(number)
        }
    }

    private func wait(_ waiter: Waiter) {
        let served: (batch: [Delivery]?, now: Bool) = state.withLock { state in
            // A task is marked cancelled before its handler runs: either it shows here, or `cancel` finds the waiter.
            if state.finished || Task.isCancelled { return (nil, true) }
            if !state.deliveries.isEmpty { return (state.take(waiter.limit), true) }
            state.waiters.append(waiter)
            return (nil, false)
        }
        if served.now { waiter.continuation.resume(returning: served.batch) }
    }

    private func cancel(_ number: UInt64) {
        let waiter = state.withLock { state in
            state.waiters.firstIndex { $0.number == number }.map { state.waiters.remove(at: $0) }
        }
        waiter?.continuation.resume(returning: nil)
    }

    /// Forgets what nobody has taken, because its connection is gone and the broker will deliver it again.
    func forget() {
        state.withLock { $0.deliveries.removeAll() }
    }

    /// Ends all waiting, now and later.
    ///
    /// - Returns: what nobody has taken.
    func finish() -> [Delivery] {
        let (left, waiters) = state.withLock { state -> ([Delivery], [Waiter]) in
            state.finished = true
            defer { state.waiters = [] }
            return (state.take(state.deliveries.count), state.waiters)
        }
        for waiter in waiters { waiter.continuation.resume(returning: nil) }
        return left
    }
}
