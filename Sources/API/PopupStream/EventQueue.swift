import NIOCore
import Synchronization

/// What waits to be written to one connection: bytes, and no more of them than `limit`.
///
/// Whoever does not read for long enough to fill it is cut off: it connects again and is told from the list what it
/// missed. So memory is bounded whatever clients do.
final class EventQueue: Sendable {
    private struct State {
        var buffer = ByteBuffer()
        var reader: CheckedContinuation<Void, Never>?
        var isClosed = false
    }

    private let limit: Int
    private let state = Mutex(State())

    /// - Parameter limit: in bytes.
    init(limit: Int) {
        self.limit = limit
    }

    /// Adds an event. A queue that would hold more than its limit closes instead.
    ///
    /// - Returns: false when it is closed.
    @discardableResult
    func put(_ event: [UInt8]) -> Bool {
        let (reader, isOpen) = state.withLock { state -> (CheckedContinuation<Void, Never>?, Bool) in
            guard !state.isClosed else { return (nil, false) }
            if state.buffer.readableBytes + event.count > limit {
                state.isClosed = true
                state.buffer = ByteBuffer()
                PopupStreamMetrics.cutOff.increment()
            } else {
                state.buffer.writeBytes(event)
            }
            return (state.reader.take(), !state.isClosed)
        }
        reader?.resume()
        return isOpen
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
