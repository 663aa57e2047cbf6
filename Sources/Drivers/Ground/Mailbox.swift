import DequeModule

/// Where some tasks put what others take in batches: whatever has gathered while those were at the batch before.
///
/// It has no limit of its own: whoever fills it is bounded by something else, such as a consumer's prefetch.
public final class Mailbox<Element: Sendable>: Sendable {
    private struct State {
        var elements = Deque<Element>()
        /// In the order of asking; as many as there are tasks that take, so few.
        var readers: [(number: UInt64, continuation: CheckedContinuation<Void, Never>)] = []
        var lastNumber: UInt64 = 0
        var isClosed = false

        /// The reader to be woken, where there is something for one.
        mutating func nextReader() -> CheckedContinuation<Void, Never>? {
            guard !readers.isEmpty, !elements.isEmpty || isClosed else { return nil }
            return readers.removeFirst().continuation
        }

        mutating func take(_ limit: Int) -> [Element] {
            let count = min(limit, elements.count)
            defer { elements.removeFirst(count) }
            return Array(elements.prefix(count))
        }
    }

    private let state = Locked(State())

    /// An empty one.
    public init() {}

    /// Whether everything that was put is taken.
    public var isEmpty: Bool { state.withLock { $0.elements.isEmpty } }

    /// Whether nothing more can be put.
    public var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Puts elements, and wakes one who waits for them.
    ///
    /// - Returns: those that nobody can take any more, because it is closed.
    @discardableResult
    public func put(_ elements: [Element]) -> [Element] {
        let (refused, reader) = state.withLock { state -> ([Element], CheckedContinuation<Void, Never>?) in
            guard !state.isClosed else { return (elements, nil) }
            state.elements.append(contentsOf: elements)
            return ([], state.nextReader())
        }
        reader?.resume()
        return refused
    }

    /// Puts one element, unless it is closed.
    public func put(_ element: Element) { put([element]) }

    /// Waits until there is something, then takes all there is up to `limit`.
    ///
    /// - Parameter limit: at least 1.
    /// - Returns: nil once it is closed and empty, or when the task is cancelled.
    public func take(upTo limit: Int) async -> [Element]? {
        while true {
            let isCancelled = Task.isCancelled
            let (batch, isClosed, next) = state.withLock { state in
                let batch = isCancelled ? [] : state.take(max(limit, 1))
                // What is left is for another: this one was perhaps woken in its place.
                return (batch, state.isClosed, state.nextReader())
            }
            next?.resume()
            if !batch.isEmpty { return batch }
            if isClosed || isCancelled { return nil }
            await waitForSomething()
        }
    }

    private func waitForSomething() async {
        let number = state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waits = state.withLock { state in
                    // A task is marked cancelled before its handler runs: either it shows here, or the handler finds the
                    // reader.
                    guard state.elements.isEmpty, !state.isClosed, !Task.isCancelled else { return false }
                    state.readers.append((number, continuation))
                    return true
                }
                if !waits { continuation.resume() }
            }
        } onCancel: {
            let reader = state.withLock { state in
                state.readers.firstIndex { $0.number == number }.map { state.readers.remove(at: $0) }
            }
            reader?.continuation.resume()
        }
    }

    /// Forgets what nobody has taken.
    public func forget() {
        state.withLock { $0.elements.removeAll() }
    }

    /// Nothing more will be put; what is there can still be taken.
    public func close() {
        let readers = state.withLock { state in
            state.isClosed = true
            defer { state.readers = [] }
            return state.readers
        }
        for reader in readers { reader.continuation.resume() }
    }

    /// Nothing more will be put, nor taken.
    ///
    /// - Returns: what nobody has taken.
    @discardableResult
    public func closeAndTakeAll() -> [Element] {
        let left = state.withLock { state in
            state.isClosed = true
            return state.take(.max)
        }
        close()
        return left
    }
}
