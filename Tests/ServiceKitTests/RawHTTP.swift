import Dispatch
import Glibc
import Testing

/// HTTP over a plain socket, byte for byte.
enum RawHTTP {
    struct Failure: Error {
        let call: String
        let number = errno
    }

    static func connect(_ port: Int) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure(call: "connect") }
        return descriptor
    }

    static func send(_ descriptor: Int32, _ text: String) throws {
        let count = Glibc.send(descriptor, text, text.utf8.count, Int32(MSG_NOSIGNAL))
        guard count == text.utf8.count else { throw Failure(call: "send") }
    }

    static func receive(_ descriptor: Int32) throws -> String {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count >= 0 else { throw Failure(call: "recv") }
        return String(decoding: buffer[..<count], as: UTF8.self)
    }

    /// Sends a request and reads until the server closes.
    static func exchange(_ port: Int, _ request: String) async throws -> String {
        try await offThePool {
            let descriptor = try connect(port)
            defer { close(descriptor) }
            try send(descriptor, request)
            var reply = ""
            while case let part = try receive(descriptor), !part.isEmpty { reply += part }
            return reply
        }
    }

    /// Runs what blocks on a thread of its own: the server under test needs those of Swift's pool.
    static func offThePool<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "raw-http").async { continuation.resume(with: Result { try body() }) }
        }
    }
}
