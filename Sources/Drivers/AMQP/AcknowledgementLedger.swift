import DequeModule
import RemindersGround

/// The delivery tags of one channel that are not settled yet, and the fewest frames that settle some of them.
///
/// Tags count from 1 (AMQP 0-9-1 section 1.8.3.13). Settling a tag twice, or one that was never delivered, closes the
/// channel (406), so that is caught here.
struct AcknowledgementLedger {
    /// What to do with a delivery.
    enum Settlement: Hashable {
        case acknowledge
        case requeue
        /// To the dead-letter exchange, if the queue has one.
        case discard
    }

    /// A `basic.ack` or `basic.nack` to send.
    struct Frame: Hashable {
        let tag: UInt64
        /// This tag and all unsettled ones before it.
        let multiple: Bool
        let settlement: Settlement
    }

    private var open = Deque<Bool>()
    /// Tag of the first in `open`.
    private var base: UInt64 = 1

    /// Deliveries not settled.
    private(set) var unsettled = 0

    /// Notes a delivery; tags come in order.
    ///
    /// - Returns: false if the broker broke the order, and nothing about this channel can be relied on.
    mutating func deliver(_ tag: UInt64) -> Bool {
        guard tag == base + UInt64(open.count) else { return false }
        open.append(true)
        unsettled += 1
        return true
    }

    /// Settles deliveries.
    ///
    /// - Parameter tags: in any order; unknown and settled ones are left out.
    /// - Returns: one frame for all that are contiguous from the lowest unsettled tag, and one for each of the rest.
    mutating func settle(_ tags: [UInt64], _ settlement: Settlement) -> [Frame] {
        var pending: [UInt64] = []
        pending.reserveCapacity(tags.count)
        for tag in tags where tag >= base && tag - base < UInt64(open.count) && open[Int(tag - base)] {
            open[Int(tag - base)] = false
            pending.append(tag)
        }
        guard !pending.isEmpty else { return [] }
        unsettled -= pending.count
        let lowest = base
        while let first = open.first, !first {
            _ = open.popFirst()
            base += 1
        }
        var frames: [Frame] = []
        var rest = pending.count
        if base > lowest {
            // All below base are settled now: those of this call by this frame, the others before.
            pending.sort()
            rest = pending.count - (pending.firstIndex { $0 >= base } ?? pending.count)
            let contiguous = pending.count - rest
            frames.append(
                Frame(tag: pending[contiguous - 1], multiple: contiguous > 1, settlement: settlement))
        }
        for tag in pending.suffix(rest) {
            frames.append(Frame(tag: tag, multiple: false, settlement: settlement))
        }
        return frames
    }
}

/// Acknowledgements on their way to the connection's thread.
final class SettlementInbox: Sendable {
    struct Entry {
        let epoch: UInt64
        let tag: UInt64
        let settlement: AcknowledgementLedger.Settlement
    }

    private struct State {
        var entries: [Entry] = []
        var announced = false
    }

    private let state = Locked(State())

    var isEmpty: Bool { state.withLock { $0.entries.isEmpty } }

    /// - Returns: whether the thread has to be told; it is told once for all that come before it looks.
    func append(_ deliveries: [Delivery], _ settlement: AcknowledgementLedger.Settlement) -> Bool {
        guard !deliveries.isEmpty else { return false }
        return state.withLock { state in
            for delivery in deliveries {
                state.entries.append(Entry(epoch: delivery.epoch, tag: delivery.tag, settlement: settlement))
            }
            defer { state.announced = true }
            return !state.announced
        }
    }

    func takeAll() -> [Entry] {
        state.withLock { state in
            state.announced = false
            defer { state.entries = [] }
            return state.entries
        }
    }
}
