/// A gate that tasks wait at: it opens and shuts, and may be taken away for good.
public final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var isGone = false
        var waiting: [UInt64: CheckedContinuation<Bool, Never>] = [:]
        var lastNumber: UInt64 = 0
    }

    private let state = Locked(State())

    /// A gate that is shut.
    public init() {}

    /// Whether whoever comes now passes.
    public var isOpen: Bool { state.withLock { $0.isOpen } }

    /// Lets all pass who wait, and who come before it is shut.
    public func open() {
        let waiting = state.withLock { state -> [CheckedContinuation<Bool, Never>] in
            guard !state.isGone else { return [] }
            state.isOpen = true
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for continuation in waiting { continuation.resume(returning: true) }
    }

    /// Lets nobody pass until it is opened again.
    public func shut() {
        state.withLock { $0.isOpen = false }
    }

    /// Lets nobody pass any more, and nobody wait.
    public func takeAway() {
        let waiting = state.withLock { state in
            (state.isOpen, state.isGone) = (false, true)
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for continuation in waiting { continuation.resume(returning: false) }
    }

    /// Waits until it is open.
    ///
    /// - Returns: false when it was taken away instead, or the task was cancelled.
    @discardableResult
    public func wait() async -> Bool {
        let number = state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    if state.isOpen { return true }
                    // A task is marked cancelled before its handler runs: either it shows here, or the handler finds
                    // who waits.
                    if state.isGone || Task.isCancelled { return false }
                    state.waiting[number] = continuation
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let continuation = state.withLock { $0.waiting.removeValue(forKey: number) }
            continuation?.resume(returning: false)
        }
    }
}
