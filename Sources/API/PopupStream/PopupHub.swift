import Metrics
import RemindersContracts
import RemindersDomain
import Synchronization

/// The streams that are open in this process, by person.
public final class PopupHub: Sendable {
    /// How many streams there may be, and what each may hold.
    public struct Limits: Sendable {
        /// Streams of one person at a time.
        public var perUser = 20
        /// Streams at a time.
        public var total = 20_000
        /// Bytes that may wait for a client that does not read.
        public var queuedBytes = 262_144

        /// The defaults.
        public init() {}

        /// As many streams as there is room for, beside connections that ask for something else or are refused: an eighth
        /// of all, at most 1,000.
        ///
        /// - Parameter room: how many connections there may be.
        /// - Returns: also how many connections the server takes then.
        public func fitting(_ room: Int) -> (limits: Limits, connections: Int) {
            var fitting = self
            let beside = min(1_000, max(1, room / 8))
            fitting.total = max(1, min(total, room - beside))
            return (fitting, fitting.total + beside)
        }
    }

    /// What became of a wish to connect.
    enum Admission {
        case admitted(StreamSlot)
        case tooManyOfUser
        case tooMany
        case closing
    }

    private struct State {
        var connections: [OpaqueID: [ObjectIdentifier: StreamConnection]] = [:]
        var count = 0
        var isClosing = false
    }

    /// How many seconds lie between two heartbeats of a stream.
    static let heartbeatSeconds = 15

    private let limits: Limits
    private let state = Mutex(State())

    /// A hub without streams.
    public init(limits: Limits = Limits()) {
        self.limits = limits
        PopupStreamMetrics.countFromZero()
    }

    /// How many streams are open.
    public var count: Int { state.withLock { $0.count } }

    /// Opens a stream. Pop-ups go onto it from now, until the slot is given back or nobody has it any more.
    ///
    /// - Parameters:
    ///   - endsAt: when its token runs out, in seconds since 1970.
    ///   - cutOff: ends the connection of a client that does not read.
    func connect(
        userID: OpaqueID, lastEventID: Int64, endsAt: Int64 = .max, cutOff: @escaping @Sendable () -> Void = {}
    ) -> Admission {
        let admission = state.withLock { state -> Admission in
            if state.isClosing { return .closing }
            if state.count >= limits.total { return .tooMany }
            if state.connections[userID, default: [:]].count >= limits.perUser { return .tooManyOfUser }
            let connection = StreamConnection(
                userID: userID, lastEventID: lastEventID, endsAt: endsAt, queueLimit: limits.queuedBytes,
                onOverflow: cutOff)
            state.connections[userID, default: [:]][ObjectIdentifier(connection)] = connection
            state.count += 1
            return .admitted(StreamSlot(connection, of: self))
        }
        PopupStreamMetrics.connections.record(count)
        return admission
    }

    /// Forgets a stream that has ended; only its slot asks for that.
    fileprivate func disconnect(_ connection: StreamConnection) {
        connection.events.close()
        state.withLock { state in
            guard state.connections[connection.userID]?.removeValue(forKey: ObjectIdentifier(connection)) != nil else {
                return
            }
            if state.connections[connection.userID]?.isEmpty == true { state.connections[connection.userID] = nil }
            state.count -= 1
        }
        PopupStreamMetrics.connections.record(count)
    }

    /// Shows a pop-up on every stream of its person.
    func show(_ shown: PopupShown) {
        for connection in connections(of: shown.userID) { connection.show(shown.popup) }
    }

    /// Tells every stream of a person that pop-ups are settled.
    func settle(_ ids: [Int64], how: String, userID: OpaqueID) {
        for connection in connections(of: userID) { connection.settle(ids, how: how) }
    }

    /// The people with an open stream.
    var users: [OpaqueID] { state.withLock { Array($0.connections.keys) } }

    /// The streams of one person.
    func connections(of userID: OpaqueID) -> [StreamConnection] {
        state.withLock { $0.connections[userID].map { Array($0.values) } ?? [] }
    }

    /// Sends a heartbeat on those streams whose turn it is in this second, so that not all are written to at once.
    func beat(second: Int) {
        let slot = second % PopupHub.heartbeatSeconds
        let all = state.withLock { state in
            state.connections.values.flatMap { connections in
                connections.filter { $0.key.hashValue.magnitude % UInt(PopupHub.heartbeatSeconds) == slot }.values
            }
        }
        for connection in all { connection.events.put(StreamEvent.heartbeat) }
    }

    /// Ends the streams whose tokens have run out: clients connect again, with the token there is then.
    ///
    /// - Parameter now: seconds since 1970.
    func endExpired(now: Int64) {
        let expired = state.withLock { state in
            state.connections.values.flatMap { connections in connections.values.filter { $0.endsAt <= now } }
        }
        for connection in expired { connection.events.close() }
    }

    /// Opens no more streams, and ends those there are: clients connect to another instance, spread over five seconds.
    public func close() {
        let all = state.withLock { state in
            state.isClosing = true
            return state.connections.values.flatMap(\.values)
        }
        for connection in all {
            connection.events.put(StreamEvent.retry(milliseconds: .random(in: 500...5_000)))
            connection.events.close()
        }
    }
}

/// The right to one stream. It belongs to what writes the stream: whether that ends, fails, or is thrown away before it
/// has begun (an answer to HEAD, a client that is gone before the head is written), the slot is free again.
final class StreamSlot: Sendable {
    let connection: StreamConnection
    private let hub: PopupHub

    fileprivate init(_ connection: StreamConnection, of hub: PopupHub) {
        self.connection = connection
        self.hub = hub
    }

    /// Gives the slot back. Once more does nothing.
    func giveBack() {
        hub.disconnect(connection)
    }

    deinit {
        hub.disconnect(connection)
    }
}
