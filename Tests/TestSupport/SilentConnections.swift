import Glibc

/// Connections that say nothing, as many as a client that means harm would open.
public final class SilentConnections: Sendable {
    private let sockets: [Int32]

    /// Opens them.
    ///
    /// - Parameters:
    ///   - count: How many.
    ///   - port: On 127.0.0.1.
    /// - Throws: `LoopbackFailed`.
    public init(_ count: Int, to port: UInt16) throws {
        sockets = try (0..<count).map { _ in try Loopback.connect(to: port) }
    }

    deinit {
        for socket in sockets { close(socket) }
    }
}
