import Testing

@testable import RemindersTransfer

@Suite("Replies of a mail server")
struct SMTPReplyTests {
    private func parse(_ pieces: String...) throws -> [SMTPReply] {
        var parser = SMTPReplyParser()
        var replies: [SMTPReply] = []
        for piece in pieces {
            try Array(piece.utf8).withUnsafeBytes { try parser.append($0, to: &replies) }
        }
        return replies
    }

    @Test("lines are put together whatever the pieces they come in")
    func pieces() throws {
        let replies = try parse(
            "25", "0-mail.example.org\r", "\n250-PIPELINING\r\n250 SIZE 1000\r\n354 go\r\n", "250\r\n")
        #expect(replies.map(\.code) == [250, 354, 250])
        #expect(replies[0].lines == ["mail.example.org", "PIPELINING", "SIZE 1000"])
    }

    @Test("a longer reply becomes one line, its enhanced code once")
    func text() throws {
        let reply = try parse("550-5.1.1 The account does not exist.\r\n550 5.1.1 Check for typos.\r\n")[0]
        #expect(reply.text == "550 5.1.1 The account does not exist. Check for typos.")
        #expect(try parse("421 bye\r\n")[0].text == "421 bye")
    }

    @Test("control characters and turned text do not reach the reply")
    func cleaned() throws {
        let reply = try parse("550 a\u{1b}[31mb\u{202e}c\r d\u{0}\u{85}e\r\n")[0]
        #expect(reply.text == "550 a [31mb c  d  e")
    }

    @Test("a reply is bounded")
    func bounded() throws {
        let reply = try parse("550 " + String(repeating: "x", count: 4000) + "\r\n")[0]
        #expect(reply.text.count <= ReplyText.limit + 4)
        #expect(throws: SMTPReplyParser.Malformed.self) { try parse(String(repeating: "2", count: 5000)) }
        #expect(throws: SMTPReplyParser.Malformed.self) {
            try parse(String(repeating: "250-x\r\n", count: 300))
        }
    }

    @Test(
        "what is no reply is refused",
        arguments: ["HTTP/1.1 400 Bad Request\r\n", "\r\n", "25\r\n", "250+ok\r\n", "999 x\r\n", "250-a\r\n550 b\r\n"])
    func malformed(_ text: String) {
        #expect(throws: SMTPReplyParser.Malformed.self) { try parse(text) }
    }

    @Test("what a server offers is read from EHLO in any case, its own name apart")
    func capabilities() throws {
        let offer =
            "250-size.example PIPELINING\r\n250-pipelining\r\n250-SIZE 35882577\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n"
        let capabilities = SMTPCapabilities(ehlo: try parse(offer)[0])
        #expect(capabilities.pipelining && capabilities.eightBitMIME && capabilities.smtpUTF8 && capabilities.size)
        #expect(capabilities.maximumSize == 35_882_577)
        #expect(SMTPCapabilities(ehlo: try parse("250-PIPELINING\r\n250 HELP\r\n")[0]) == SMTPCapabilities())
    }
}
