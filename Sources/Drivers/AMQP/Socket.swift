import Glibc

/// Options of the TCP socket that librabbitmq leaves alone (tcp(7), socket(7)).
enum Socket {
    /// - Parameter userTimeout: how long sent data may stay unacknowledged before the kernel gives the peer up. It is
    ///   behind heartbeats and the watchdog, and longer than both.
    static func tune(_ descriptor: Int32, userTimeout: Duration) {
        let milliseconds = Int32(clamping: userTimeout.components.seconds * 1000)
        set(descriptor, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, milliseconds)
        // A fixed size: `isWritable` then means that a third of it is free.
        set(descriptor, SOL_SOCKET, SO_SNDBUF, 512 * 1024)
    }

    static func setCork(_ descriptor: Int32, _ on: Bool) {
        set(descriptor, Int32(IPPROTO_TCP), TCP_CORK, on ? 1 : 0)
    }

    /// poll(2) reports a TCP socket writable while a third of its buffer is free.
    static func isWritable(_ descriptor: Int32) -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&request, 1, 0) > 0
    }

    private static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        // An option that the kernel refuses costs speed or a later notice, nothing else.
        _ = setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }
}
