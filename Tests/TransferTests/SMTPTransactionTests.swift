import Testing

@testable import RemindersTransfer

@Suite("One mail transaction")
struct SMTPTransactionTests {
    private static let mail = try? Mail(
        sender: "from@example.org", recipient: "to@example.org", content: Array("Subject: x\r\n\r\nhello\r\n".utf8))

    private func transaction(pipelining: Bool, resetFirst: Bool = false) throws -> SMTPTransaction {
        var capabilities = SMTPCapabilities()
        capabilities.pipelining = pipelining
        return SMTPTransaction(try #require(Self.mail), capabilities: capabilities, resetFirst: resetFirst)
    }

    private func reply(_ code: Int) -> SMTPReply {
        SMTPReply(code: code, lines: ["said"])
    }

    private func end(_ action: SMTPTransaction.Action) throws -> (TransferVerdict, reusable: Bool) {
        guard case .finish(let verdict, let reusable) = action else {
            Issue.record("not finished but \(action)")
            throw FieldError(.content, .malformed)
        }
        return (verdict, reusable)
    }

    @Test("with PIPELINING all three commands go at once")
    func pipelined() throws {
        var transaction = try transaction(pipelining: true)
        #expect(
            transaction.start() == .send("MAIL FROM:<from@example.org>\r\nRCPT TO:<to@example.org>\r\nDATA\r\n"))
        #expect(transaction.receive(reply(250)) == .wait)
        #expect(transaction.receive(reply(250)) == .wait)
        #expect(transaction.receive(reply(354)) == .sendContent)
        #expect(transaction.contentSent)
        let (verdict, reusable) = try end(transaction.receive(reply(250)))
        #expect(verdict.outcome == .delivered && verdict.stage == .answer && reusable && !transaction.leavesReset)
    }

    @Test("without it each waits for the reply before")
    func oneByOne() throws {
        var transaction = try transaction(pipelining: false, resetFirst: true)
        #expect(transaction.start() == .send("RSET\r\n"))
        #expect(transaction.receive(reply(250)) == .send("MAIL FROM:<from@example.org>\r\n"))
        #expect(transaction.receive(reply(250)) == .send("RCPT TO:<to@example.org>\r\n"))
        #expect(transaction.receive(reply(250)) == .send("DATA\r\n"))
        #expect(transaction.receive(reply(354)) == .sendContent)
    }

    @Test("a refused recipient ends it with that reply, and the connection stays", arguments: [true, false])
    func refusedRecipient(pipelining: Bool) throws {
        var transaction = try transaction(pipelining: pipelining)
        _ = transaction.start()
        _ = transaction.receive(reply(250))
        var action = transaction.receive(reply(550))
        if pipelining {
            #expect(action == .wait)
            action = transaction.receive(reply(554))
        }
        let (verdict, reusable) = try end(action)
        #expect(verdict.outcome == .rejected && verdict.code == 550 && verdict.stage == .envelope)
        #expect(reusable && transaction.leavesReset && !transaction.contentSent)
    }

    @Test("DATA taken in spite of a refused recipient is ended with nothing but a dot")
    func dataWithoutRecipient() throws {
        var transaction = try transaction(pipelining: true)
        _ = transaction.start()
        _ = transaction.receive(reply(250))
        _ = transaction.receive(reply(451))
        #expect(transaction.receive(reply(354)) == .send(".\r\n"))
        let (verdict, reusable) = try end(transaction.receive(reply(250)))
        #expect(verdict.outcome == .deferred(after: nil) && verdict.code == 451 && reusable)
        #expect(!transaction.contentSent)
    }

    @Test("the first refusal is the one that counts")
    func firstRefusal() throws {
        var transaction = try transaction(pipelining: true)
        _ = transaction.start()
        _ = transaction.receive(reply(452))
        _ = transaction.receive(reply(503))
        let (verdict, _) = try end(transaction.receive(reply(503)))
        #expect(verdict.code == 452 && verdict.outcome == .deferred(after: nil))
    }

    @Test("a 421 ends the connection at any point", arguments: [0, 1, 2])
    func closing(after replies: Int) throws {
        var transaction = try transaction(pipelining: true)
        _ = transaction.start()
        for _ in 0..<replies { _ = transaction.receive(reply(250)) }
        let (verdict, reusable) = try end(transaction.receive(reply(421)))
        #expect(verdict.outcome == .deferred(after: nil) && verdict.code == 421 && !reusable)
    }

    @Test("the reply after the dot decides", arguments: [(250, true), (452, true), (554, true), (421, false)])
    func afterDot(code: Int, stays: Bool) throws {
        var transaction = try transaction(pipelining: true)
        _ = transaction.start()
        for code in [250, 250, 354] { _ = transaction.receive(reply(code)) }
        let (verdict, reusable) = try end(transaction.receive(reply(code)))
        #expect(verdict.code == code && verdict.stage == .answer && reusable == stays)
        #expect(!transaction.leavesReset)
    }

    @Test("a reply that fits no command delivers nothing and ends the connection")
    func strayed() throws {
        var transaction = try transaction(pipelining: true)
        _ = transaction.start()
        for code in [250, 250] { _ = transaction.receive(reply(code)) }
        let (verdict, reusable) = try end(transaction.receive(reply(250)))
        #expect(verdict.outcome == .deferred(after: nil) && !reusable && !transaction.contentSent)
    }

    @Test("what the server cannot take is refused without asking it")
    func refusedHere() throws {
        let foreign = try Mail(sender: "a@example.org", recipient: "søren@example.org", content: Array("x\r\n".utf8))
        var transaction = SMTPTransaction(foreign, capabilities: SMTPCapabilities(), resetFirst: false)
        let (verdict, reusable) = try end(transaction.start())
        #expect(verdict.outcome == .rejected && verdict.code == 553 && reusable)

        var small = SMTPCapabilities()
        small.maximumSize = 10
        var large = SMTPTransaction(try #require(Self.mail), capabilities: small, resetFirst: false)
        #expect(try end(large.start()).0.code == 552)
    }

    @Test("what the server offers is used")
    func parameters() throws {
        var capabilities = SMTPCapabilities()
        capabilities.size = true
        capabilities.smtpUTF8 = true
        capabilities.eightBitMIME = true
        let mail = try Mail(sender: "", recipient: "søren@example.org", content: Array("é\r\n".utf8))
        var transaction = SMTPTransaction(mail, capabilities: capabilities, resetFirst: false)
        #expect(transaction.start() == .send("MAIL FROM:<> SIZE=4 BODY=8BITMIME SMTPUTF8\r\n"))
    }
}
