import Foundation
import Glibc

/// An answer to `LoopbackRequest.send`.
public struct LoopbackAnswer: Sendable {
    /// The status code.
    public let status: Int
    /// The body.
    public let body: Data
    /// The body as text.
    public var text: String { String(decoding: body, as: UTF8.self) }
}

/// One HTTP request to a server on loopback, for what tests ask of admin ports and of the catcher.
public enum LoopbackRequest {
    /// Sends a request on a connection of its own and reads the answer to its end.
    ///
    /// - Parameters:
    ///   - method: GET, POST or DELETE.
    ///   - port: On 127.0.0.1.
    ///   - path: With its query.
    ///   - headers: More fields.
    ///   - body: Sent as JSON.
    /// - Throws: `LoopbackFailed`.
    public static func send(
        _ method: String = "GET", port: UInt16, path: String, headers: [String: String] = [:], body: Data = Data()
    ) async throws -> LoopbackAnswer {
        try await withCheckedThrowingContinuation { answered in
            DispatchQueue.global().async {
                answered.resume(with: Result { try exchange(method, port, path, headers, body) })
            }
        }
    }

    private static func exchange(
        _ method: String, _ port: UInt16, _ path: String, _ headers: [String: String], _ body: Data
    ) throws -> LoopbackAnswer {
        let socket = try Loopback.connect(to: port)
        defer { close(socket) }
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let more = headers.map { "\($0.key): \($0.value)\r\n" }.joined()
        let head =
            "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            + "Content-Type: application/json\r\nContent-Length: \(body.count)\r\n\(more)\r\n"
        try Loopback.write(Data(head.utf8) + body, to: socket)

        var received = Data()
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(socket, &buffer, buffer.count)
            guard count >= 0 else { throw LoopbackFailed(what: "no answer", number: errno) }
            if count == 0 { break }
            received.append(contentsOf: buffer[..<count])
        }
        return try parse(received)
    }

    private static func parse(_ received: Data) throws -> LoopbackAnswer {
        guard let end = received.range(of: Data("\r\n\r\n".utf8)) else {
            throw LoopbackFailed(what: "the answer was cut off", number: 0)
        }
        let head = String(decoding: received[..<end.lowerBound], as: UTF8.self)
        guard let status = head.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw LoopbackFailed(what: "not HTTP", number: 0)
        }
        var body = received[end.upperBound...]
        if head.lowercased().contains("transfer-encoding: chunked") { body = unchunked(body) }
        return LoopbackAnswer(status: status, body: Data(body))
    }

    /// RFC 9112, section 7.1.
    private static func unchunked(_ body: Data) -> Data {
        var rest = body
        var whole = Data()
        while let line = rest.range(of: Data("\r\n".utf8)),
            let size = Int(String(decoding: rest[..<line.lowerBound], as: UTF8.self), radix: 16), size > 0,
            rest.distance(from: line.upperBound, to: rest.endIndex) >= size + 2
        {
            whole += rest[line.upperBound..<line.upperBound + size]
            rest = rest[(line.upperBound + size + 2)...]
        }
        return whole
    }
}

/// A request that got no answer.
public struct LoopbackFailed: Error {
    /// What went wrong.
    public let what: String
    /// errno, or 0.
    public let number: Int32
}
