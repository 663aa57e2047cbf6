import Dispatch
import Foundation
import Glibc

/// What came back, taken apart.
struct RawAnswer: Sendable, CustomStringConvertible {
    let status: Int
    /// Names in lower case.
    let headers: [String: String]
    let body: String

    subscript(name: String) -> String? { headers[name] }
    var isProblem: Bool {
        headers["content-type"] == "application/problem+json" && body.contains("\"status\":\(status)")
    }
    var description: String { "\(status) \(headers) \(body)" }
}

/// HTTP over a plain socket, byte for byte. Blocking calls run on a thread of its own.
final class RawConnection: Sendable {
    struct Failure: Error {
        let call: String
        let number = errno
    }

    private let descriptor: Int32
    private let queue = DispatchQueue(label: "raw-connection")

    init(_ port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure(call: "connect") }
    }

    deinit {
        close(descriptor)
    }

    func send(_ text: String) async throws {
        try await onThread { descriptor in
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { throw Failure(call: "send") }
                rest = rest.dropFirst(count)
            }
        }
    }

    /// Ends this side.
    func finish() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Reads until the server closes.
    func readToEnd() async throws -> String {
        try await onThread { descriptor in
            var text = ""
            while case let part = try Self.receive(descriptor, 65_536), !part.isEmpty {
                text += String(decoding: part, as: UTF8.self)
            }
            return text
        }
    }

    /// Reads one answer, whose length its head says.
    func readAnswer(hasBody: Bool = true) async throws -> RawAnswer {
        try await onThread { descriptor in
            var head: [UInt8] = []
            while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
                let byte = try Self.receive(descriptor, 1)
                guard !byte.isEmpty else { throw Failure(call: "the connection ended after \(head.count) bytes") }
                head += byte
            }
            let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
            var headers: [String: String] = [:]
            for line in lines.dropFirst() {
                let sides = line.split(separator: ":", maxSplits: 1)
                headers[sides[0].lowercased()] = sides[1].trimmingCharacters(in: .whitespaces)
            }
            let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
            var body: [UInt8] = []
            let length = hasBody ? headers["content-length"].flatMap { Int($0) } ?? 0 : 0
            while body.count < length {
                let part = try Self.receive(descriptor, length - body.count)
                guard !part.isEmpty else { throw Failure(call: "the body was cut off") }
                body += part
            }
            return RawAnswer(status: status, headers: headers, body: String(decoding: body, as: UTF8.self))
        }
    }

    private static func receive(_ descriptor: Int32, _ count: Int) throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: count)
        let received = recv(descriptor, &buffer, count, 0)
        guard received >= 0 else { throw Failure(call: "recv") }
        return Array(buffer[..<received])
    }

    private func onThread<Value: Sendable>(
        _ body: @escaping @Sendable (Int32) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try body(self.descriptor) }) }
        }
    }
}
