import RemindersContracts
import RemindersDomain
import Synchronization

/// One open stream of one person, and what was sent on it.
final class StreamConnection: Sendable {
    private struct State {
        /// Numbers of pop-ups that were sent, as far as they are pending.
        var sent: Set<Int64> = []
        /// The highest of all that were sent: what the client gives back as Last-Event-ID.
        var highest: Int64
    }

    let userID: OpaqueID
    /// When its token runs out, in seconds since 1970.
    let endsAt: Int64
    let events: EventQueue
    private let state: Mutex<State>

    /// - Parameters:
    ///   - lastEventID: what the client has seen; 0 for one that is new.
    ///   - onOverflow: ends the connection of a client that does not read.
    init(
        userID: OpaqueID, lastEventID: Int64, endsAt: Int64 = .max, queueLimit: Int,
        onOverflow: @escaping @Sendable () -> Void = {}
    ) {
        self.userID = userID
        self.endsAt = endsAt
        events = EventQueue(limit: queueLimit, onOverflow: onOverflow)
        state = Mutex(State(highest: lastEventID))
    }

    /// Puts a pop-up on the stream, unless it is there already.
    func show(_ popup: Popup) {
        if let event = eventIfNew(popup) { events.put(event) }
    }

    /// Puts on the stream that pop-ups are settled.
    func settle(_ ids: [Int64], how: String) {
        state.withLock { $0.sent.subtract(ids) }
        events.put(StreamEvent.settled(ids, how: how))
    }

    /// Brings the stream to what is pending: what was never sent, then all numbers.
    ///
    /// - Parameters:
    ///   - pending: in the order of their numbers.
    ///   - seenThrough: pop-ups up to this number were seen by the client before it connected.
    /// - Returns: the events, in the order in which they are to be written.
    func synchronize(_ pending: [Popup], seenThrough: Int64 = 0) -> [[UInt8]] {
        let ids = pending.map(\.id)
        let read = ids.last ?? 0
        let newer = state.withLock { state in
            // What came live since the list was read is not on it yet, and stays.
            let newer = state.sent.filter { $0 > read }
            state.sent = newer.union(state.sent.intersection(ids))
            for id in ids where id <= seenThrough { state.sent.insert(id) }
            return newer
        }
        return pending.compactMap(eventIfNew) + [StreamEvent.pending(ids + newer.sorted())]
    }

    /// A number below one that was sent already keeps the higher one as the event's id, for the client goes on from it.
    private func eventIfNew(_ popup: Popup) -> [UInt8]? {
        let id = state.withLock { state -> Int64? in
            guard state.sent.insert(popup.id).inserted else { return nil }
            state.highest = max(state.highest, popup.id)
            return state.highest
        }
        guard let id else { return nil }
        PopupStreamMetrics.shown.increment()
        return StreamEvent.popup(popup, id: id)
    }
}
