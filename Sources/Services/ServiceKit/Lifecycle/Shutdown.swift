import Synchronization

/// Why a service stops.
enum StopCause: Sendable, CustomStringConvertible {
    case signal(StopSignal)
    /// The process that it is a part of stops.
    case request
    /// A part failed, or ended although nobody asked it to.
    case failure(part: String)

    var description: String {
        switch self {
        case .signal(let signal): signal.rawValue
        case .request: "asked to"
        case .failure(let part): "\(part) failed"
        }
    }
}

/// What is known about the end of a service: why it stops, and which parts still run.
final class Shutdown: Sendable {
    private struct State {
        var cause: StopCause?
        var unfinished: [String]
        var failedPart: String?
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
            if case .failure(let part) = cause, state.failedPart == nil { state.failedPart = part }
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
    var hasFailed: Bool { failedPart != nil }
    /// The first part that failed.
    var failedPart: String? { state.withLock { $0.failedPart } }
    var unfinished: [String] { state.withLock { $0.unfinished } }
}
