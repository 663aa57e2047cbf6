/// One reply of a mail server, all its lines (RFC 5321 4.2).
struct SMTPReply: Hashable, Sendable {
    /// 200–599.
    let code: Int
    /// The text after the code, line by line, cleaned.
    let lines: [String]

    /// `550 5.1.1 no such user`; the lines of a longer reply are joined, with a repeated enhanced code left out.
    var text: String {
        guard lines.count > 1 else { return "\(code) \(lines.first ?? "")" }
        let enhanced = lines[0].prefix { $0 != " " }
        let isEnhanced = enhanced.split(separator: ".").count == 3
        let rest = lines.dropFirst().map { line in
            isEnhanced && line.hasPrefix(enhanced) ? String(line.dropFirst(enhanced.count + 1)) : line
        }
        return ReplyText.clean("\(code) \(([lines[0]] + rest).joined(separator: " "))")
    }
}

extension SMTPReply {
    /// Subject and detail of the enhanced status code (RFC 2034, RFC 3463): 7 and 1 of `5.7.1`; nil where there is none.
    var enhancedStatus: (subject: Int, detail: Int)? {
        let parts = (lines.first ?? "").prefix { $0 != " " }.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let first = Int(parts[0]), first == code / 100, let subject = Int(parts[1]),
            let detail = Int(parts[2]), (0...999).contains(subject), (0...999).contains(detail)
        else { return nil }
        return (subject, detail)
    }
}

/// Cuts what a mail server sends into replies. Bounded: a server that never ends a line or a reply is refused.
struct SMTPReplyParser {
    /// What a server sent that is no reply.
    struct Malformed: Error {}

    /// RFC 5321 4.5.3.1.5 allows 512; real servers send more.
    static let longestLine = 4096
    /// EHLO answers have about twenty.
    static let mostLines = 200

    private var line: [UInt8] = []
    private var code = 0
    private var lines: [String] = []

    /// Takes bytes and appends the replies they complete.
    mutating func append(_ bytes: UnsafeRawBufferPointer, to replies: inout [SMTPReply]) throws(Malformed) {
        for byte in bytes {
            guard byte == 0x0a else {
                guard line.count < Self.longestLine else { throw Malformed() }
                line.append(byte)
                continue
            }
            if line.last == 0x0d { line.removeLast() }
            if let reply = try takeLine() { replies.append(reply) }
            line.removeAll(keepingCapacity: true)
        }
    }

    /// `250-text` goes on, `250 text` and `250` end.
    private mutating func takeLine() throws(Malformed) -> SMTPReply? {
        guard line.count >= 3, line[..<3].allSatisfy({ (0x30...0x39).contains($0) }) else { throw Malformed() }
        let number = line[..<3].reduce(0) { $0 * 10 + Int($1 - 0x30) }
        guard (200..<600).contains(number), lines.isEmpty || number == code, lines.count < Self.mostLines else {
            throw Malformed()
        }
        let separator = line.count > 3 ? line[3] : UInt8(ascii: " ")
        guard separator == UInt8(ascii: " ") || separator == UInt8(ascii: "-") else { throw Malformed() }
        code = number
        lines.append(ReplyText.clean(line.dropFirst(4)))
        guard separator == UInt8(ascii: " ") else { return nil }
        defer { lines.removeAll(keepingCapacity: true) }
        return SMTPReply(code: code, lines: lines)
    }
}
