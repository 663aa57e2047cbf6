import HummingbirdCore
import NIOCore
import RemindersGround
import Synchronization

/// The connections of one server. It takes as many as it may have and the process has descriptors for; when one more
/// comes, the one that has been idle longest is closed for it. So whoever opens connections and sends nothing only ever
/// drives out their own like, and a health check gets in.
public final class ConnectionRegister: Sendable {
    /// How many are taken beyond the limit. Half of them are for those that came last: while every other connection has a
    /// request in hand, they have time to send theirs, which may be a health check. The other half are on their way out.
    public static let spare = 32
    private static let newcomers = spare / 2

    /// How many connections a server may be set up for: more the process has no descriptors for.
    public static var room: Int { max(1, DescriptorLimit.current.room - spare) }

    /// Connections of all servers of this process.
    private static let ofProcess = Atomic(0)

    private struct State {
        /// All that were accepted and are not gone.
        var open = 0
        /// How many of these were told to close for others.
        var closing = 0
        /// Those that have begun and are to stay.
        var channels: [ObjectIdentifier: any Channel] = [:]
        var idle = IdleOrder<ObjectIdentifier>()

        /// Gives up those that are idle longest, so many of them at most.
        mutating func leaving(_ count: Int) -> [any Channel] {
            var leaving: [any Channel] = []
            while leaving.count < count, let id = idle.takeFirst() {
                guard let channel = channels.removeValue(forKey: id) else { continue }
                closing += 1
                leaving.append(channel)
            }
            return leaving
        }
    }

    private let limit: Int
    private let room: Int
    private let state = Mutex(State())

    /// A register without connections.
    ///
    /// - Parameters:
    ///   - limit: the most connections that are kept, at least 1.
    ///   - room: how many connections the process has descriptors for, in all its servers.
    public init(limit: Int, room: Int = DescriptorLimit.current.room) {
        self.limit = max(1, limit)
        self.room = room
    }

    /// How many connections there are.
    var count: Int { state.withLock { $0.open } }

    /// A connection was accepted.
    func opened() {
        Self.ofProcess.add(1, ordering: .relaxed)
        state.withLock { $0.open += 1 }
    }

    /// A connection is gone, and its descriptor.
    func closed() {
        Self.ofProcess.subtract(1, ordering: .relaxed)
        state.withLock { $0.open -= 1 }
    }

    /// Whether another may be accepted. Each server has a few, however many the others have.
    var takesMore: Bool {
        let open = count
        if open < Self.spare { return true }
        let excess = Self.ofProcess.load(ordering: .relaxed) - room
        if excess >= 0 { close(state.withLock { $0.leaving(excess + 1 - $0.closing) }) }
        return open < limit + Self.spare && excess < 0
    }

    /// A connection has begun, with nothing in hand.
    func enter(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        let leaving = state.withLock { state in
            // Before it is one of them: it is the last that should go.
            let leaving = state.leaving(state.channels.count + 1 - limit - Self.newcomers)
            state.channels[id] = channel
            state.idle.rest(id, isKnown: false)
            return leaving
        }
        close(leaving)
        channel.closeFuture.whenComplete { _ in self.leave(id) }
    }

    /// A whole request has come, and is not answered yet.
    func isBusy(_ channel: any Channel) {
        state.withLock { $0.idle.remove(ObjectIdentifier(channel)) }
    }

    /// All requests are answered.
    ///
    /// - Parameter isKnown: whether one of them came with a token that is valid.
    func isIdle(_ channel: any Channel, isKnown: Bool) {
        let id = ObjectIdentifier(channel)
        close(
            state.withLock { state in
                if state.channels[id] != nil { state.idle.rest(id, isKnown: isKnown) }
                return state.leaving(state.channels.count - limit - Self.newcomers)
            })
    }

    private func leave(_ id: ObjectIdentifier) {
        state.withLock { state in
            // What was told to close is no longer there.
            if state.channels.removeValue(forKey: id) == nil { state.closing -= 1 }
            state.idle.remove(id)
        }
    }

    private func close(_ leaving: [any Channel]) {
        for channel in leaving { channel.close(promise: nil) }
    }
}

/// Asks the register whether a connection may be accepted.
public struct ConnectionGate: AvailableConnectionsDelegate {
    private let register: ConnectionRegister

    /// A gate to the connections of `register`.
    public init(_ register: ConnectionRegister) {
        self.register = register
    }

    /// One was accepted.
    public func connectionOpened() { register.opened() }

    /// One is gone.
    public func connectionClosed() { register.closed() }

    /// Whether one more may come.
    public func isAcceptingNewConnections() -> Bool { register.takesMore }
}
