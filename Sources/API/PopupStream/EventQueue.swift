import NIOCore
import RemindersGround
import Synchronization

/// What waits to be written to one connection: bytes, and no more of them than `limit`.
///
/// Whoever does not read for long enough to fill it is cut off: it connects again and is told from the list what it
/// missed. So memory is bounded whatever clients do. `onOverflow` ends what may be waiting for such a client for ever.
final class EventQueue: Sendable {
    private let limit: Int
    private let onOverflow: @Sendable () -> Void
    private let events = Mailbox<[UInt8]>()
    /// Bytes that were put and not handed out.
    private let size = Mutex(0)

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
        let (fits, isFirst) = size.withLock { size in
            guard size <= limit - event.count else {
                defer { size = .max }
                return (false, size != .max)
            }
            size += event.count
            return (true, false)
        }
        if fits { return events.put([event]).isEmpty }
        if isFirst, !events.isClosed {
            events.closeAndTakeAll()
            PopupStreamMetrics.cutOff.increment()
            onOverflow()
        }
        return false
    }

    /// Nothing more is taken; what is there is still handed out.
    func close() { events.close() }

    /// All that waits, as soon as there is something. Only one task may ask.
    ///
    /// - Returns: nil when it is closed and empty, or the task is cancelled.
    func next() async -> ByteBuffer? {
        guard let batch = await events.take(upTo: .max) else { return nil }
        var buffer = ByteBuffer()
        for event in batch { buffer.writeBytes(event) }
        let count = buffer.readableBytes
        size.withLock { $0 -= count }
        return buffer
    }
}
