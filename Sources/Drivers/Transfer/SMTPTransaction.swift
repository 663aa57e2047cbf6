/// What a reply in a transaction is the answer to.
enum SMTPCommand {
    case reset, mail, recipient, data
    /// The message itself, final dot included.
    case content
}

/// One mail transaction (RFC 5321 3.3) after EHLO and AUTH: what to send, and what the replies mean.
///
/// Pure: it takes replies and returns what is to be done. With PIPELINING (RFC 2920) MAIL, RCPT and DATA go in one
/// write, so a mail takes two round trips.
struct SMTPTransaction {
    /// What the connection does next.
    enum Action: Equatable {
        /// Wait for the next reply.
        case wait
        /// Send this.
        case send(String)
        /// Send the message and its final dot.
        case sendContent
        /// It is over. `reusable` is false where the server has said or shown that it will not go on.
        case finish(TransferVerdict, reusable: Bool)
    }

    /// Whether the message has been handed over, final dot included.
    private(set) var contentSent = false
    /// Whether any reply has come.
    private(set) var answered = false
    /// Whether the server still holds parts of a transaction that the next one has to reset.
    private(set) var leavesReset = false

    private let mail: Mail
    private let capabilities: SMTPCapabilities
    private var pending: [SMTPCommand]
    private var sent = 0
    private var received = 0
    private var refusal: (reply: SMTPReply, command: SMTPCommand)?
    private var closing = false

    init(_ mail: Mail, capabilities: SMTPCapabilities, resetFirst: Bool) {
        self.mail = mail
        self.capabilities = capabilities
        pending = resetFirst ? [.reset, .mail, .recipient, .data] : [.mail, .recipient, .data]
    }

    /// The first thing to do.
    mutating func start() -> Action {
        if mail.needsSMTPUTF8, !capabilities.smtpUTF8 {
            return .finish(
                TransferVerdict(
                    outcome: .rejected, reply: "553 5.6.7 the server does not offer SMTPUTF8", code: 553,
                    stage: .envelope),
                reusable: true)
        }
        if capabilities.maximumSize > 0, mail.content.count > capabilities.maximumSize {
            return .finish(
                TransferVerdict(
                    outcome: .rejected, reply: "552 5.3.4 the message is larger than the server takes", code: 552,
                    stage: .envelope),
                reusable: true)
        }
        return sendNext()
    }

    /// What a reply leads to.
    mutating func receive(_ reply: SMTPReply) -> Action {
        answered = true
        if contentSent { return afterContent(reply) }
        guard received < sent else { return strayed(reply) }
        let command = pending[received]
        received += 1
        // RFC 5321 3.8: the server closes after a 421, whatever is still on its way.
        if reply.code == 421 { return finish(refusal ?? (reply, command), reusable: false) }

        switch command {
        case .reset:
            guard reply.code / 100 == 2 else { return strayed(reply) }
        case .mail, .recipient:
            if reply.code / 100 != 2, refusal == nil { refusal = (reply, command) }
        case .data, .content:
            return afterData(reply)
        }
        if let refusal, received == sent {
            leavesReset = true
            return finish(refusal, reusable: true)
        }
        return received == sent ? sendNext() : .wait
    }

    private mutating func afterData(_ reply: SMTPReply) -> Action {
        if reply.code == 354, refusal != nil {
            // RFC 2920 3.1: a server may take DATA without any recipient. A dot alone ends it; nothing is delivered.
            guard !closing else { return strayed(reply) }
            closing = true
            pending.append(.data)
            sent += 1
            return .send(".\r\n")
        }
        if let refusal {
            leavesReset = true
            return finish(refusal, reusable: true)
        }
        guard reply.code == 354 else {
            leavesReset = true
            return reply.code / 100 >= 4 ? finish((reply, .data), reusable: true) : strayed(reply)
        }
        contentSent = true
        return .sendContent
    }

    private func afterContent(_ reply: SMTPReply) -> Action {
        .finish(SMTPClassification.answer(reply, to: .content, stage: .answer), reusable: reply.code != 421)
    }

    private func finish(_ refusal: (reply: SMTPReply, command: SMTPCommand), reusable: Bool) -> Action {
        .finish(
            SMTPClassification.answer(refusal.reply, to: refusal.command, stage: .envelope), reusable: reusable)
    }

    /// A reply that no command asked for, or one it cannot have.
    private func strayed(_ reply: SMTPReply) -> Action {
        var verdict = SMTPClassification.answer(reply, to: .reset, stage: .envelope)
        verdict.outcome = .deferred(after: nil)
        return .finish(verdict, reusable: false)
    }

    private mutating func sendNext() -> Action {
        if capabilities.pipelining {
            let text = pending[sent...].map(text(of:)).joined()
            sent = pending.count
            return .send(text)
        }
        sent += 1
        return .send(text(of: pending[sent - 1]))
    }

    private func text(of command: SMTPCommand) -> String {
        switch command {
        case .reset: "RSET\r\n"
        case .mail: "MAIL FROM:<\(mail.sender)>\(parameters)\r\n"
        case .recipient: "RCPT TO:<\(mail.recipient)>\r\n"
        case .data: "DATA\r\n"
        case .content: ""
        }
    }

    private var parameters: String {
        var text = ""
        if capabilities.size { text += " SIZE=\(mail.content.count)" }
        if capabilities.eightBitMIME, mail.isEightBit { text += " BODY=8BITMIME" }
        if mail.needsSMTPUTF8 { text += " SMTPUTF8" }
        return text
    }
}
