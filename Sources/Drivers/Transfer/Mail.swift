import Glibc

/// One mail to one recipient, checked.
///
/// One recipient, because with several libcurl and SMTP alike leave it open which of them a failure was about.
public struct Mail: Sendable {
    /// The envelope's sender; empty is the null path `<>` of RFC 5321 4.5.5, to which nothing bounces.
    public let sender: String
    /// The envelope's recipient.
    public let recipient: String
    /// The complete RFC 5322 message; every line ends in CRLF. It is not dot-stuffed.
    public let content: [UInt8]

    let hasLeadingDot: Bool
    let isEightBit: Bool
    let needsSMTPUTF8: Bool

    /// Checks every value.
    ///
    /// - Parameter content: lines of at most 998 bytes (RFC 5321 4.5.3.1.6) ending in CRLF. A CR or LF on its own and
    ///   NUL are refused: relays disagree about what they mean, which is how a second mail is smuggled in.
    /// - Throws: `FieldError` naming the first value that is refused.
    public init(sender: String, recipient: String, content: [UInt8]) throws(FieldError) {
        if !sender.isEmpty { try FieldCheck.mailAddress(sender, .sender) }
        try FieldCheck.mailAddress(recipient, .recipient)
        let lines = try ContentLines(checking: content)
        self.sender = sender
        self.recipient = recipient
        self.content = content
        hasLeadingDot = lines.hasLeadingDot
        isEightBit = lines.isEightBit
        needsSMTPUTF8 = sender.utf8.contains { $0 > 0x7f } || recipient.utf8.contains { $0 > 0x7f }
    }

    /// Appends the message as it goes over the wire after DATA: dot-stuffed and with its final dot (RFC 5321 4.5.2).
    func appendContent(to output: inout [UInt8]) {
        let dot = UInt8(ascii: ".")
        if !hasLeadingDot {
            output.append(contentsOf: content)
        } else {
            var atLineStart = true
            for byte in content {
                if atLineStart, byte == dot { output.append(dot) }
                output.append(byte)
                atLineStart = byte == 0x0a
            }
        }
        output.append(contentsOf: [dot, 0x0d, 0x0a])
    }
}

extension Mail: CustomStringConvertible, CustomReflectable {
    /// The size alone: addresses and text are personal.
    public var description: String { "mail of \(content.count) bytes" }
    /// Without children, so `dump` finds nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// What one pass over the lines of a message finds.
struct ContentLines {
    private(set) var hasLeadingDot = false
    private(set) var isEightBit = false

    /// RFC 5321 4.5.3.1.6: 1,000 octets with the CRLF.
    static let longestLine = 998

    init(checking content: [UInt8]) throws(FieldError) {
        guard !content.isEmpty else { throw FieldError(.content, .empty) }
        let problem = content.withUnsafeBytes { scan($0) }
        if let problem { throw FieldError(.content, problem) }
    }

    private mutating func scan(_ bytes: UnsafeRawBufferPointer) -> FieldError.Problem? {
        guard let start = bytes.baseAddress else { return .empty }
        guard memchr(start, 0, bytes.count) == nil else { return .controlCharacter }
        var ored: UInt8 = 0
        for byte in bytes { ored |= byte }
        isEightBit = ored > 0x7f

        var line = start
        let end = start + bytes.count
        while line < end {
            guard let feed = memchr(line, 0x0a, end - line).map({ UnsafeRawPointer($0) }) else { return .bareLineEnd }
            let length = feed - line - 1
            // The first CR of the line must be the one right before its LF.
            guard length >= 0, memchr(line, 0x0d, feed - line).map({ UnsafeRawPointer($0) }) == feed - 1 else {
                return .bareLineEnd
            }
            guard length <= Self.longestLine else { return .tooLong }
            if line.load(as: UInt8.self) == UInt8(ascii: ".") { hasLeadingDot = true }
            line = feed + 1
        }
        return nil
    }
}
