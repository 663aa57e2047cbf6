import Glibc
import Synchronization

/// Where log lines go: a descriptor, one write(2) a line, one line at a time.
public final class LogOutput: Sendable {
    /// Standard error.
    public static let standardError = LogOutput(descriptor: STDERR_FILENO)

    let descriptor: Int32
    private let turn = Mutex(())

    /// Writes to a descriptor, which stays open as long as anything logs.
    public init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Writes the whole line. A reader that is gone or a full disk loses it: there is nobody left to tell.
    func write(_ line: [UInt8]) {
        turn.withLock { _ in
            line.withUnsafeBytes { bytes in
                var rest = bytes[...]
                while !rest.isEmpty {
                    let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                    if count >= 0 {
                        rest = rest.dropFirst(count)
                    } else if errno == EAGAIN {
                        // Somebody made the terminal non-blocking; it is shared with other processes.
                        var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                        _ = poll(&wait, 1, 1000)
                    } else if errno != EINTR {
                        return
                    }
                }
            }
        }
    }
}
