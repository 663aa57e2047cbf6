import Synchronization

/// Where many tasks put what one task takes in batches: whatever has gathered while it was at the batch before.
///
/// It is bounded by who fills it: nothing is attempted beyond the consumer's prefetch.
final class Mailbox<Element: Sendable>: Sendable {
    private struct State {
        var elements: [Element] = []
        var reader: CheckedContinuation<Void, Never>?
        var isClosed = false
    }

    private let state = Mutex(State())

    /// Adds an element and wakes the reader.
    func put(_ element: Element) {
        let reader = state.withLock { state in
            state.elements.append(element)
            return state.reader.take()
        }
        reader?.resume()
    }

    /// Nothing more will be put.
    func close() {
        let reader = state.withLock { state in
            state.isClosed = true
            return state.reader.take()
        }
        reader?.resume()
    }

    /// Nothing more will be put, and nothing more taken.
    func closeAndForget() {
        state.withLock { $0.elements = [] }
        close()
    }

    /// Everything there is up to `limit`, at least one; waits while there is nothing. Only one task may take.
    ///
    /// - Returns: nil when the mailbox is closed and empty.
    func take(upTo limit: Int) async -> [Element]? {
        while true {
            let (batch, isClosed) = state.withLock { state -> ([Element], Bool) in
                let batch = Array(state.elements.prefix(limit))
                state.elements.removeFirst(batch.count)
                return (batch, state.isClosed)
            }
            if !batch.isEmpty { return batch }
            if isClosed { return nil }
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if state.elements.isEmpty, !state.isClosed {
                        state.reader = continuation
                        return false
                    }
                    return true
                }
                if isReady { continuation.resume() }
            }
        }
    }
}
