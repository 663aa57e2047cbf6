import Foundation
import Glibc

/// Plain TCP sockets on 127.0.0.1.
enum Loopback {
    /// A connected blocking socket.
    static func connect(to port: UInt16) throws -> Int32 {
        let socket = try newSocket()
        guard withAddress(port, { Glibc.connect(socket, $0, $1) }) == 0 else {
            let number = errno
            close(socket)
            throw LoopbackFailed(what: "connect to \(port)", number: number)
        }
        return socket
    }

    /// A listening socket; 0 takes a free port.
    static func listen(on port: UInt16) throws -> (socket: Int32, port: UInt16) {
        let socket = try newSocket()
        var yes: Int32 = 1
        setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        guard withAddress(port, { bind(socket, $0, $1) }) == 0, Glibc.listen(socket, 128) == 0 else {
            let number = errno
            close(socket)
            throw LoopbackFailed(what: "listen on \(port)", number: number)
        }
        var bound = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &bound) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &size) }
        }
        return (socket, UInt16(bigEndian: bound.sin_port))
    }

    static func write(_ data: Data, to socket: Int32) throws {
        var rest = data[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { throw LoopbackFailed(what: "write", number: errno) }
            rest = rest.dropFirst(count)
        }
    }

    private static func newSocket() throws -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = Glibc.socket(AF_INET, kind, 0)
        guard descriptor >= 0 else { throw LoopbackFailed(what: "socket", number: errno) }
        return descriptor
    }

    private static func withAddress(
        _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr = in_addr(s_addr: UInt32(0x7F00_0001).bigEndian)
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
