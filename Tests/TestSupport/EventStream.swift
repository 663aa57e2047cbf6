import Foundation
import Glibc
import Synchronization

/// An open stream of server-sent events, read as a browser would read it.
public final class EventStream: Sendable {
    /// One event.
    public struct Event: Sendable, Equatable {
        /// `popup`, `settled`, …
        public var name = "message"
        /// The last id the stream gave, with this event or before it.
        public var id = ""
        /// Its data.
        public var data = ""
    }

    private struct State {
        var status = 0
        var events: [Event] = []
        var comments = 0
        var isOpen = true
    }

    private let socket: Int32
    private let state = Mutex(State())

    /// Opens a stream, and returns when its head has come.
    ///
    /// - Parameters:
    ///   - port: On 127.0.0.1.
    ///   - path: With its query.
    ///   - headers: More fields.
    /// - Throws: `LoopbackFailed`, `NotInTime`.
    public static func open(
        port: UInt16, path: String, headers: [String: String]
    ) async throws -> EventStream {
        let stream = try EventStream(port: port, path: path, headers: headers)
        Thread.detachNewThread { stream.read() }
        try await eventually(within: .seconds(20), "the head of the stream") { stream.status > 0 || !stream.isOpen }
        return stream
    }

    private init(port: UInt16, path: String, headers: [String: String]) throws {
        socket = try Loopback.connect(to: port)
        let more = headers.map { "\($0.key): \($0.value)\r\n" }.joined()
        try Loopback.write(
            Data("GET \(path) HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\(more)\r\n".utf8),
            to: socket)
    }

    /// The status of the answer; 0 before it came.
    public var status: Int { state.withLock { $0.status } }
    /// Whether the server has not ended it.
    public var isOpen: Bool { state.withLock { $0.isOpen } }
    /// All events so far.
    public var events: [Event] { state.withLock { $0.events } }
    /// How many comments came: heartbeats.
    public var comments: Int { state.withLock { $0.comments } }

    /// Asks for a stream and resets the connection at once.
    ///
    /// - Throws: `LoopbackFailed`.
    public static func abandon(port: UInt16, path: String, headers: [String: String]) throws {
        let stream = try EventStream(port: port, path: path, headers: headers)
        var reset = linger(l_onoff: 1, l_linger: 0)
        setsockopt(stream.socket, SOL_SOCKET, SO_LINGER, &reset, socklen_t(MemoryLayout<linger>.size))
        Glibc.close(stream.socket)
    }

    /// Ends it.
    public func close() {
        shutdown(socket, Int32(SHUT_RDWR))
    }

    /// Ends this side alone, and goes on reading.
    public func finishSending() {
        shutdown(socket, Int32(SHUT_WR))
    }

    private func read() {
        var received = Data()
        var text = ""
        var event = Event()
        var lastID = ""
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Glibc.read(socket, &buffer, buffer.count)
            guard count > 0 else { break }
            received.append(contentsOf: buffer[..<count])
            if status == 0 {
                guard let end = received.range(of: Data("\r\n\r\n".utf8)) else { continue }
                let head = String(decoding: received[..<end.lowerBound], as: UTF8.self)
                state.withLock { $0.status = Int(head.split(separator: " ")[1]) ?? -1 }
                received = Data(received[end.upperBound...])
            }
            text += takeChunks(from: &received)
            while let line = takeLine(from: &text) {
                if line.isEmpty {
                    if !event.data.isEmpty { state.withLock { [event] in $0.events.append(event) } }
                    event = Event(id: lastID)
                } else if line.hasPrefix(":") {
                    state.withLock { $0.comments += 1 }
                } else if line.hasPrefix("id: ") {
                    lastID = String(line.dropFirst(4))
                    event.id = lastID
                } else if line.hasPrefix("event: ") {
                    event.name = String(line.dropFirst(7))
                } else if line.hasPrefix("data: ") {
                    event.data += line.dropFirst(6)
                }
            }
        }
        state.withLock { $0.isOpen = false }
        Glibc.close(socket)
    }

    /// The content of the chunks that are there in full (RFC 9112 §7.1).
    private func takeChunks(from received: inout Data) -> String {
        var content = Data()
        while let end = received.range(of: Data("\r\n".utf8)),
            let size = Int(String(decoding: received[received.startIndex..<end.lowerBound], as: UTF8.self), radix: 16),
            received.endIndex >= end.upperBound + size + 2
        {
            content.append(received[end.upperBound..<end.upperBound + size])
            received = Data(received[(end.upperBound + size + 2)...])
        }
        return String(decoding: content, as: UTF8.self)
    }

    private func takeLine(from text: inout String) -> String? {
        guard let end = text.firstIndex(of: "\n") else { return nil }
        defer { text = String(text[text.index(after: end)...]) }
        return String(text[..<end])
    }
}
