import NIOCore
import Synchronization

/// What waits to be written to one connection: bytes, and no more of them than `limit`.
///
/// Whoever does not read for long enough to fill it is cut off: it connects again and is told from the list what it
/// missed. So memory is bounded whatever clients do. `onOverflow` ends what may be waiting for such a client for ever.
final class EventQueue: Sendable {
    private struct State {
        var buffer = ByteBuffer()
        var reader: CheckedContinuation<Void, Never>?
        var isClosed = false
    }

    private let limit: Int
    private let onOverflow: @Sendable () -> Void
    private let state = Mutex(State())

    /// - Parameters:
    ///   - limit: in bytes.
    ///   - onOverflow: called once, when more would wait than that.
    init(limit: Int, onOverflow: @escaping @Sendable () -> Void = {}) {
        self.limit = limit
        self.onOverflow = onOverflow
    }

    /// Adds an event. A queue that would hold more than its limit closes instead.
    ///
    /// - Returns: false when it is closed.
    @discardableResult
    func put(_ event: [UInt8]) -> Bool {
        enum Fate {
            case taken
            case tooMuch
            case closed
        }
        let (reader, fate) = state.withLock { state -> (CheckedContinuation<Void, Never>?, Fate) in
            guard !state.isClosed else { return (nil, .closed) }
            if state.buffer.readableBytes + event.count > limit {
                state.isClosed = true
                state.buffer = ByteBuffer()
                PopupStreamMetrics.cutOff.increment()
                return (state.reader.take(), .tooMuch)
            }
            state.buffer.writeBytes(event)
            return (state.reader.take(), .taken)
        }
        reader?.resume()
        if fate == .tooMuch { onOverflow() }
        return fate == .taken
    }

    /// Nothing more is taken; what is there is still handed out.
    func close() {
        let reader = state.withLock { state in
            state.isClosed = true
            return state.reader.take()
        }
        reader?.resume()
    }

    /// All that waits, as soon as there is something. Only one task may ask.
    ///
    /// - Returns: nil when it is closed and empty.
    func next() async -> ByteBuffer? {
        while true {
            let (buffer, isClosed) = state.withLock { state -> (ByteBuffer?, Bool) in
                guard state.buffer.readableBytes > 0 else { return (nil, state.isClosed) }
                defer { state.buffer = ByteBuffer() }
                return (state.buffer, state.isClosed)
            }
            if let buffer { return buffer }
            if isClosed { return nil }
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    guard state.buffer.readableBytes == 0, !state.isClosed else { return true }
                    state.reader = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        }
    }
}
