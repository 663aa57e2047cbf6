import Foundation
import Glibc
import Synchronization

/// A proxy for one connection at a time that counts how often the client spoke after the server had.
final class CountingProxy: Sendable {
    private let port: UInt16
    private let changes = Atomic<Int>(0)
    private let listener: Int32

    init(to target: UInt16) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        var address = Self.address(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) == 0 && listen(listener, 4) == 0
                    && getsockname(listener, address, &length) == 0
            }
        }
        guard bound else { throw POSIXError(.EADDRNOTAVAIL) }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [self, listener] in
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { return }
                forward(client, to: target)
            }
        }
    }

    /// The same URL, by way of the proxy.
    func url(for url: String) -> String {
        var parts = URLComponents(string: url)
        parts?.port = Int(port)
        return parts?.string ?? url
    }

    var roundTrips: Int { changes.load(ordering: .acquiring) }

    private func forward(_ client: Int32, to target: UInt16) {
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.address(target)
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        defer {
            close(client)
            close(server)
        }
        var buffer = [UInt8](repeating: 0, count: 65536)
        var serverSpoke = true
        while true {
            var polls = [client, server].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            guard poll(&polls, 2, -1) > 0 else { continue }
            let fromClient = polls[0].revents != 0
            let (from, to) = fromClient ? (client, server) : (server, client)
            let count = read(from, &buffer, buffer.count)
            guard count > 0, send(to, buffer, count, Int32(MSG_NOSIGNAL)) == count else { return }
            if fromClient, serverSpoke { changes.add(1, ordering: .acquiringAndReleasing) }
            serverSpoke = !fromClient
        }
    }

    private static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr = in_addr(s_addr: UInt32(0x7f00_0001).bigEndian)
        return address
    }
}
