import Synchronization

/// Why a process stops.
enum StopCause: Sendable, CustomStringConvertible {
    case signal(StopSignal)
    /// A part failed, or ended although nobody asked it to.
    case failure(part: String)

    var description: String {
        switch self {
        case .signal(let signal): signal.rawValue
        case .failure(let part): "\(part) failed"
        }
    }
}

/// What is known about the end of the process: why it stops, and which parts still run.
final class Shutdown: Sendable {
    private struct State {
        var cause: StopCause?
        var unfinished: [String]
        var hasFailed = false
    }

    private let state: Mutex<State>
    private let onBegin: @Sendable (StopCause) -> Void

    /// - Parameters:
    ///   - parts: the names of all parts.
    ///   - onBegin: called once, when the first cause comes.
    init(parts: [String], onBegin: @escaping @Sendable (StopCause) -> Void) {
        state = Mutex(State(unfinished: parts))
        self.onBegin = onBegin
    }

    /// Begins the shutdown, unless it has begun. A failure is remembered in either case.
    func begin(_ cause: StopCause) {
        let isFirst = state.withLock { state in
            if case .failure = cause { state.hasFailed = true }
            guard state.cause == nil else { return false }
            state.cause = cause
            return true
        }
        if isFirst { onBegin(cause) }
    }

    func finished(_ part: String) {
        state.withLock { state in
            if let index = state.unfinished.firstIndex(of: part) { state.unfinished.remove(at: index) }
        }
    }

    var hasBegun: Bool { state.withLock { $0.cause != nil } }
    var hasFailed: Bool { state.withLock { $0.hasFailed } }
    var unfinished: [String] { state.withLock { $0.unfinished } }
}
