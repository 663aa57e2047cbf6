import CCurl
import Testing

@testable import RemindersTransfer

@Suite("What the end of a mail means")
struct SMTPClassificationTests {
    struct Case: Sendable {
        var reply: String
        var command = SMTPCommand.recipient
        var outcome: TransferResult.Outcome
        var fault = TransferResult.Fault.none

        init(
            _ reply: String, to command: SMTPCommand = .recipient, _ outcome: TransferResult.Outcome,
            _ fault: TransferResult.Fault = .none
        ) {
            self.reply = reply
            self.command = command
            self.outcome = outcome
            self.fault = fault
        }
    }

    @Test(
        "a reply is classed by its code, its enhanced code and what it answers",
        arguments: [
            Case("250 ok", to: .content, .delivered), Case("251 forwarded", .delivered),
            // Later, whoever is to blame.
            Case("421 4.3.2 shutting down", .deferred(after: nil)), Case("450 4.2.0 greylisted", .deferred(after: nil)),
            Case("451 4.7.1 try again", .deferred(after: nil)), Case("452 4.2.2 mailbox full", .deferred(after: nil)),
            // The recipient's.
            Case("550 5.1.1 no such user", .rejected), Case("550 no such user here", .rejected),
            Case("551 5.1.6 moved", .rejected), Case("552 5.2.2 over quota", .rejected),
            Case("553 5.1.3 bad address", .rejected), Case("554 5.4.4 no way there", .rejected),
            Case("556 5.1.10 takes no mail", .rejected), Case("550 5.2.1 mailbox disabled", .rejected),
            // The message's.
            Case("552 5.3.4 too large", to: .mail, .rejected), Case("552 too large", to: .content, .rejected),
            Case("553 5.6.7 no SMTPUTF8", to: .mail, .rejected), Case("555 unknown parameter", to: .mail, .rejected),
            Case("550 5.6.0 malformed", to: .content, .rejected),
            // The operator's: login, sender.
            Case("530 5.7.0 log in first", to: .mail, .deferred(after: nil), .settings),
            Case("530 log in first", .deferred(after: nil), .settings),
            Case("535 5.7.8 wrong", to: .mail, .deferred(after: nil), .settings),
            Case("534 5.7.9 too weak", to: .mail, .deferred(after: nil), .settings),
            Case("538 5.7.11 encrypt", to: .mail, .deferred(after: nil), .settings),
            Case("454 4.7.0 login later", to: .mail, .deferred(after: nil), .settings),
            Case("550 5.7.8 expired", .deferred(after: nil), .settings),
            Case("553 5.1.8 sender's domain not found", .deferred(after: nil), .settings),
            Case("550 5.1.7 bad sender", to: .mail, .deferred(after: nil), .settings),
            Case("550 not your address", to: .mail, .deferred(after: nil), .settings),
            // One recipient's or everybody's: what becomes of others tells.
            Case("554 5.7.1 relay access denied", .rejected, .policy), Case("550 relaying denied", .rejected, .policy),
            Case("550 Relay not permitted", .rejected, .policy),
            Case("554 5.7.1 client host blocked", .rejected, .policy),
            Case("550 5.7.26 not authenticated", to: .content, .rejected, .policy),
            Case("554 5.7.1 spam", to: .content, .rejected, .policy),
            Case("554 looks like spam", to: .content, .rejected, .policy),
            Case("504 5.5.2 helo refused", .rejected, .policy), Case("521 5.3.2 no mail taken", .rejected, .policy),
            Case("503 5.5.1 bad sequence", to: .data, .rejected, .policy),
        ], [TransferResult.Stage.envelope, .answer])
    func byReply(_ example: Case, stage: TransferResult.Stage) throws {
        let code = try #require(Int(example.reply.prefix(3)))
        let reply = SMTPReply(code: code, lines: [String(example.reply.dropFirst(4))])
        let verdict = SMTPClassification.answer(reply, to: example.command, stage: stage)
        #expect(verdict.outcome == example.outcome)
        #expect(verdict.fault == example.fault)
        #expect(verdict.reply == example.reply)
        #expect(verdict.code == code)
    }

    @Test(
        "an enhanced code is read where there is one, and fits its reply",
        arguments: [
            ("5.7.1 no", 7), ("5.10.123", 10), ("4.7.1 no", nil), ("5.7 no", nil), ("5.7.x no", nil), ("no", nil),
            ("", nil),
            ("5.7.1234 no", nil), ("5.-7.1 no", nil),
        ] as [(String, Int?)])
    func enhanced(line: String, subject: Int?) {
        #expect(SMTPReply(code: 550, lines: [line]).enhancedStatus?.subject == subject)
    }

    @Test("neither yes nor no is unknown after the final dot, and deferred before it")
    func oddCode() {
        let reply = SMTPReply(code: 354, lines: ["go on"])
        #expect(SMTPClassification.answer(reply, to: .content, stage: .answer).outcome == .unknown)
        #expect(SMTPClassification.answer(reply, to: .content, stage: .envelope).outcome == .deferred(after: nil))
    }

    @Test(
        "a lost connection is unknown only once all was handed over",
        arguments: [CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_OPERATION_TIMEDOUT])
    func lost(_ code: CURLcode) {
        #expect(SMTPClassification.lost(code, stage: .answer, detail: "x").outcome == .unknown)
        #expect(SMTPClassification.lost(code, stage: .content, detail: "x").outcome == .deferred(after: nil))
        #expect(SMTPClassification.lost(code, stage: .envelope, detail: "x").outcome == .deferred(after: nil))
        #expect(SMTPClassification.lost(code, stage: .answer, detail: "x").curlCode == Int32(code.rawValue))
    }

    @Test("no connection is always deferred; settings that fail again are flagged")
    func notConnected() {
        for (code, configuration) in [
            (CURLE_COULDNT_CONNECT, false), (CURLE_COULDNT_RESOLVE_HOST, true), (CURLE_OPERATION_TIMEDOUT, false),
            (CURLE_SSL_CONNECT_ERROR, true), (CURLE_USE_SSL_FAILED, true), (CURLE_PEER_FAILED_VERIFICATION, true),
            (CURLE_LOGIN_DENIED, true), (CURLE_SSL_CACERT_BADFILE, true),
        ] {
            let verdict = SMTPClassification.notConnected(code, reply: nil, detail: "")
            #expect(verdict.outcome == .deferred(after: nil))
            #expect((verdict.fault == .settings) == configuration, "\(code)")
            #expect(!verdict.reply.isEmpty)
        }
    }

    @Test("the server's refusal at the door is repeated in its words")
    func refusedAtTheDoor() {
        let reply = SMTPReply(code: 554, lines: ["no service for you"])
        let verdict = SMTPClassification.notConnected(CURLE_WEIRD_SERVER_REPLY, reply: reply, detail: "x")
        #expect(verdict.outcome == .deferred(after: nil))
        #expect(verdict.reply == "554 no service for you")
        #expect(verdict.fault == .settings)
    }
}
