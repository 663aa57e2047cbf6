import CCurl
import Testing

@testable import RemindersTransfer

@Suite("What the end of a mail means")
struct SMTPClassificationTests {
    struct Case: Sendable {
        var code: Int
        var outcome: TransferResult.Outcome
        var configuration = false
    }

    @Test(
        "a reply is classed by its code",
        arguments: [
            Case(code: 250, outcome: .delivered), Case(code: 251, outcome: .delivered),
            Case(code: 421, outcome: .deferred(after: nil)), Case(code: 450, outcome: .deferred(after: nil)),
            Case(code: 451, outcome: .deferred(after: nil)), Case(code: 452, outcome: .deferred(after: nil)),
            Case(code: 454, outcome: .deferred(after: nil)), Case(code: 550, outcome: .rejected),
            Case(code: 551, outcome: .rejected), Case(code: 552, outcome: .rejected),
            Case(code: 553, outcome: .rejected), Case(code: 554, outcome: .rejected),
            Case(code: 530, outcome: .deferred(after: nil), configuration: true),
            Case(code: 535, outcome: .deferred(after: nil), configuration: true),
            Case(code: 538, outcome: .deferred(after: nil), configuration: true),
        ], [TransferResult.Stage.envelope, .answer])
    func byCode(_ example: Case, stage: TransferResult.Stage) {
        let verdict = SMTPClassification.answer(SMTPReply(code: example.code, lines: ["text"]), stage: stage)
        #expect(verdict.outcome == example.outcome)
        #expect(verdict.isConfigurationError == example.configuration)
        #expect(verdict.reply == "\(example.code) text")
        #expect(verdict.code == example.code)
    }

    @Test("neither yes nor no is unknown after the final dot, and deferred before it")
    func oddCode() {
        let reply = SMTPReply(code: 354, lines: ["go on"])
        #expect(SMTPClassification.answer(reply, stage: .answer).outcome == .unknown)
        #expect(SMTPClassification.answer(reply, stage: .envelope).outcome == .deferred(after: nil))
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
            (CURLE_COULDNT_CONNECT, false), (CURLE_COULDNT_RESOLVE_HOST, false), (CURLE_OPERATION_TIMEDOUT, false),
            (CURLE_SSL_CONNECT_ERROR, false), (CURLE_USE_SSL_FAILED, true), (CURLE_PEER_FAILED_VERIFICATION, true),
            (CURLE_LOGIN_DENIED, true), (CURLE_SSL_CACERT_BADFILE, true),
        ] {
            let verdict = SMTPClassification.notConnected(code, reply: nil, detail: "")
            #expect(verdict.outcome == .deferred(after: nil))
            #expect(verdict.isConfigurationError == configuration, "\(code)")
            #expect(!verdict.reply.isEmpty)
        }
    }

    @Test("the server's refusal at the door is repeated in its words")
    func refusedAtTheDoor() {
        let reply = SMTPReply(code: 554, lines: ["no service for you"])
        let verdict = SMTPClassification.notConnected(CURLE_WEIRD_SERVER_REPLY, reply: reply, detail: "x")
        #expect(verdict.outcome == .deferred(after: nil))
        #expect(verdict.reply == "554 no service for you")
        #expect(verdict.isConfigurationError)
    }
}
