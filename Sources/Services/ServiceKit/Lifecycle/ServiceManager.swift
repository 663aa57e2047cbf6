import Glibc

/// Tells systemd how the service is, by the protocol of sd_notify(3). Without `NOTIFY_SOCKET` nothing is told.
public struct ServiceManager: Sendable {
    private let path: String?

    /// - Parameter path: what `NOTIFY_SOCKET` holds: a path, or `@` and the name of an abstract socket.
    public init(path: String?) {
        self.path = path.flatMap { $0.hasPrefix("/") || $0.hasPrefix("@") ? $0 : nil }
    }

    /// The one that started this process, if any.
    public static var ofThisProcess: ServiceManager {
        ServiceManager(path: getenv("NOTIFY_SOCKET").map { String(cString: $0) })
    }

    /// The service is ready for work.
    public func ready() {
        send("READY=1\nSTATUS=running")
    }

    /// The service was asked to stop.
    public func stopping() {
        send("STOPPING=1\nSTATUS=finishing work in hand")
    }

    /// Sends one datagram. Failing is no reason to fail: the manager has its own time limits.
    private func send(_ message: String) {
        guard let path else { return }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var name = Array(path.utf8)
        guard name.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
        if name[0] == UInt8(ascii: "@") { name[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let length = socklen_t(MemoryLayout.offset(of: \sockaddr_un.sun_path).map { $0 + name.count } ?? 0)
        _ = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                message.utf8CString.withUnsafeBytes { bytes in
                    sendto(descriptor, bytes.baseAddress, bytes.count - 1, Int32(MSG_NOSIGNAL), address, length)
                }
            }
        }
    }
}
