import Dispatch
import Glibc
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

/// A signal that asks the process to stop.
public enum StopSignal: String, Sendable {
    /// What service managers send.
    case terminate = "SIGTERM"
    /// Ctrl-C.
    case interrupt = "SIGINT"
}

/// Turns SIGTERM and SIGINT into elements of a stream.
///
/// A signal handler may do next to nothing (signal-safety(7)), so it writes the signal's number into a pipe. Dispatch's
/// own signal sources are not used: on Linux they miss what arrives before they are registered, or while the main
/// thread does not block the signal. The pipe is read on a queue of its own, so a second Ctrl-C ends the process even
/// if every thread of Swift's pool is stuck.
final class StopSignals {
    let stream: AsyncStream<StopSignal>
    private let source: any DispatchSourceRead

    /// Takes the signals from now on. Make one, and keep it for the life of the process.
    init() {
        let (stream, continuation) = AsyncStream.makeStream(of: StopSignal.self)
        self.stream = stream
        var ends: [Int32] = [-1, -1]
        precondition(pipe(&ends) == 0, "no descriptor left for the signal pipe")
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        let reader = ends[0]
        signalPipe.store(ends[1], ordering: .releasing)
        for number in [SIGTERM, SIGINT] {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { number in
                let before = errno
                var byte = UInt8(truncatingIfNeeded: number)
                _ = write(signalPipe.load(ordering: .acquiring), &byte, 1)
                errno = before
            }
            action.sa_flags = SA_RESTART
            sigaction(number, &action, nil)
        }
        let isInterrupted = Mutex(false)
        source = DispatchSource.makeReadSource(fileDescriptor: reader, queue: DispatchQueue(label: "stop-signals"))
        source.setEventHandler {
            var byte: UInt8 = 0
            while read(reader, &byte, 1) == 1 {
                guard Int32(byte) == SIGINT else {
                    continuation.yield(.terminate)
                    continue
                }
                let isSecond = isInterrupted.withLock { isInterrupted in
                    defer { isInterrupted = true }
                    return isInterrupted
                }
                if isSecond { Self.endAtOnce() }
                continuation.yield(.interrupt)
            }
        }
        source.resume()
    }

    private static func endAtOnce() -> Never {
        let text = "interrupted twice: ends at once, what was in hand is delivered again later\n"
        _ = write(STDERR_FILENO, text, text.utf8.count)
        _exit(ExitCode.interrupted.rawValue)
    }
}

/// The end of the pipe that the signal handler writes to.
private let signalPipe = Atomic<Int32>(-1)
