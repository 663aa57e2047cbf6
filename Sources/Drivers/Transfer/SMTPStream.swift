import CCurl
import RemindersIOThread

/// The bytes on a connection that libcurl has made with `CURLOPT_CONNECT_ONLY`: what goes out, and the replies that
/// come in, through TLS where there is TLS. Belongs to one thread.
final class SMTPStream {
    /// The connection is of no use any more.
    struct Lost: Error {
        let code: CURLcode
        let detail: String
    }

    private let easy: EasyHandle
    private let thread: IOThread
    private let descriptor: Int32
    private let readable: () -> Void
    private let lost: (Lost) -> Void
    private var parser = SMTPReplyParser()
    private var output: [UInt8] = []
    private var sent = 0
    private var awaitsWritable = false

    private static let receiveSize = 4096

    /// - Parameters:
    ///   - readable: called when there is something to `receive`, or the connection has failed.
    ///   - lost: called when sending fails later than in `send`.
    init(
        _ easy: EasyHandle, descriptor: Int32, thread: IOThread, readable: @escaping () -> Void,
        lost: @escaping (Lost) -> Void
    ) {
        self.easy = easy
        self.descriptor = descriptor
        self.thread = thread
        self.readable = readable
        self.lost = lost
        watch(.readable)
    }

    /// Waits for nothing any more; the connection itself belongs to the easy handle.
    func close() {
        thread.unwatch(descriptor)
    }

    /// Whether all that was to be sent has been taken by the connection.
    var isFlushed: Bool {
        sent == output.count
    }

    func send(_ text: String) throws(Lost) {
        output.append(contentsOf: text.utf8)
        try flush()
    }

    func sendContent(of mail: Mail) throws(Lost) {
        mail.appendContent(to: &output)
        try flush()
    }

    /// Appends the replies that have come.
    ///
    /// - Returns: whether there may be more right away.
    func receive(into replies: inout [SMTPReply]) throws(Lost) -> Bool {
        let (code, count) = Self.receive(easy.pointer, &parser, &replies)
        if code == CURLE_AGAIN { return false }
        if code == CURLE_WEIRD_SERVER_REPLY { throw Lost(code: code, detail: "the server sent what is no reply") }
        guard code == CURLE_OK, count > 0 else {
            throw Lost(code: code == CURLE_OK ? CURLE_RECV_ERROR : code, detail: "the server closed the connection")
        }
        // With less than asked for, libcurl and OpenSSL have nothing left, and poll(2) tells of more.
        return count == Self.receiveSize
    }

    private static func receive(
        _ easy: UnsafeMutableRawPointer, _ parser: inout SMTPReplyParser, _ replies: inout [SMTPReply]
    ) -> (CURLcode, Int) {
        withUnsafeTemporaryAllocation(byteCount: receiveSize, alignment: 16) { buffer in
            var count = 0
            let code = curl_easy_recv(easy, buffer.baseAddress, buffer.count, &count)
            guard code == CURLE_OK, count > 0 else { return (code, count) }
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            guard (try? parser.append(bytes, to: &replies)) != nil else { return (CURLE_WEIRD_SERVER_REPLY, 0) }
            return (code, count)
        }
    }

    private func flush() throws(Lost) {
        while sent < output.count {
            let (code, count) = output.withUnsafeBytes { bytes in
                var count = 0
                let rest = UnsafeRawBufferPointer(rebasing: bytes[sent...])
                let code = curl_easy_send(easy.pointer, rest.baseAddress, rest.count, &count)
                return (code, count)
            }
            if code == CURLE_AGAIN {
                if !awaitsWritable { watch([.readable, .writable]) }
                return
            }
            guard code == CURLE_OK else { throw Lost(code: code, detail: "the connection broke while sending") }
            sent += count
        }
        // One large message must not hold its memory for the life of the connection.
        output.removeAll(keepingCapacity: output.capacity <= 256 << 10)
        sent = 0
        if awaitsWritable { watch(.readable) }
    }

    private func watch(_ events: PollEvents) {
        awaitsWritable = events.contains(.writable)
        thread.watch(descriptor, for: events) { [unowned self] ready in
            if self.awaitsWritable, ready.contains(.writable) {
                do throws(Lost) { try self.flush() } catch { return self.lost(error) }
            }
            if ready.contains(.readable) || !ready.isDisjoint(with: .failed) { self.readable() }
        }
    }
}
