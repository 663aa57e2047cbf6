import RemindersGround

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
