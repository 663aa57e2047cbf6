/// What a server offers in its answer to EHLO, as far as it matters here.
struct SMTPCapabilities: Hashable, Sendable {
    /// RFC 2920: commands may be sent without waiting for each reply.
    var pipelining = false
    /// RFC 6152: bytes above 127 in the message.
    var eightBitMIME = false
    /// RFC 6531: addresses beyond ASCII.
    var smtpUTF8 = false
    /// RFC 1870: the size may be told with MAIL.
    var size = false
    /// RFC 1870: the largest message; 0 is no stated limit.
    var maximumSize = 0

    init() {}

    init(ehlo reply: SMTPReply) {
        // The first line is the server's name.
        for line in reply.lines.dropFirst() {
            let words = line.split(separator: " ")
            switch words.first?.uppercased() {
            case "PIPELINING": pipelining = true
            case "8BITMIME": eightBitMIME = true
            case "SMTPUTF8": smtpUTF8 = true
            case "SIZE":
                size = true
                maximumSize = words.count > 1 ? Int(words[1]) ?? 0 : 0
            default: break
            }
        }
    }
}
