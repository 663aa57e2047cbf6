import Foundation
import Glibc
import RemindersGround

/// A proxy in front of a server on loopback, which can fail as networks do.
public final class TCPProxy: Sendable {
    /// Where clients connect to, on 127.0.0.1.
    public let port: UInt16
    private let wishes = ProxyWishes()
    private let wakeUp: Int32

    /// Starts a proxy on a free port.
    ///
    /// - Parameter target: The server's port on 127.0.0.1.
    /// - Throws: `LoopbackFailed` when no socket can be had.
    public init(to target: UInt16) throws {
        let (listener, port) = try Loopback.listen(on: 0)
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw LoopbackFailed(what: "pipe", number: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        self.port = port
        wakeUp = ends[1]
        let (wake, wishes) = (ends[0], wishes)
        let thread = Thread {
            var forwarding = Forwarding(listener: listener, port: port, target: target, wake: wake)
            while forwarding.turn(wishes.take()) {}
        }
        thread.name = "tcp-proxy"
        thread.start()
    }

    deinit {
        wish { $0.mode = .ended }
        close(wakeUp)
    }

    /// Forwards again, after one of the failures below.
    public func pass() { wish { $0.mode = .passing } }

    /// From now on nothing is forwarded, in either direction; connections stay open, and new ones are accepted.
    public func blackHole() { wish { $0.mode = .blackHole } }

    /// From now on nothing is forwarded on the connections there are, not even their ends: each side goes on believing
    /// that the other is there. New ones are forwarded.
    public func strand() { wish { $0.strandConnections = true } }

    /// Ends all connections with a TCP reset; new ones are forwarded.
    public func reset() { wish { $0.resetConnections = true } }

    /// Ends all connections with a TCP reset and refuses new ones.
    public func refuse() {
        wish {
            $0.mode = .refusing
            $0.resetConnections = true
        }
    }

    private func wish(_ change: (inout ProxyWishes.State) -> Void) {
        wishes.state.withLock { change(&$0) }
        var byte: UInt8 = 0
        write(wakeUp, &byte, 1)
    }
}

/// What a test wants of the proxy's thread.
final class ProxyWishes: Sendable {
    enum Mode {
        case passing, blackHole, refusing, ended
    }

    struct State {
        var mode = Mode.passing
        var resetConnections = false
        var strandConnections = false
    }

    let state = Locked(State())

    /// The state; a reset and a stranding are wished for once.
    func take() -> State {
        state.withLock {
            let taken = $0
            $0.resetConnections = false
            $0.strandConnections = false
            return taken
        }
    }
}
