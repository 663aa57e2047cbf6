import CCurl
import RemindersIOThread

/// What a connection tells the pool it belongs to.
protocol SMTPConnectionOwner: AnyObject {
    /// Connected, greeted and authenticated: it may take a mail.
    func connectionReady(_ connection: SMTPConnection)
    /// It never became ready and is closed.
    func connectionFailed(_ connection: SMTPConnection, _ verdict: TransferVerdict)
    /// The transaction is over; unless `reusable`, the connection is closed.
    func connectionFinished(_ connection: SMTPConnection, _ verdict: TransferVerdict, reusable: Bool)
    /// It was idle or quitting, and is closed.
    func connectionClosed(_ connection: SMTPConnection)
    /// `deadline` of the connection has changed.
    func connectionDeadlineChanged(_ connection: SMTPConnection)
}

/// One connection to a mail server. Belongs to one thread.
///
/// libcurl resolves, connects, does TLS, EHLO and AUTH (`CURLOPT_CONNECT_ONLY`); the transactions after that are
/// `SMTPTransaction`s over curl_easy_send(3) and curl_easy_recv(3). libcurl's own transfers are not used, because
/// version 7.88 waits for the reply to the final dot inside of curl_multi_socket_action(3): one slow server would
/// hold up every other transfer of the thread. They also close the connection after each refusal, hide whether the
/// final dot had gone, and send one command a round trip.
final class SMTPConnection: MultiTransfer {
    private enum State {
        case connecting, idle, busy, quitting, closed
    }

    let easy = EasyHandle()
    /// When it is to be looked at again: a time-out, or the end of idling.
    private(set) var deadline: ContinuousClock.Instant
    /// After this it takes no more mails.
    let endOfLife: ContinuousClock.Instant
    /// Transactions ended so far.
    private(set) var served = 0
    /// How many of them the server refused.
    private(set) var refused = 0

    private let server: SMTPServer
    private let multi: MultiHandle
    private let thread: IOThread
    private unowned let owner: any SMTPConnectionOwner
    private var state = State.connecting
    private var stream: SMTPStream?

    private var parser = SMTPReplyParser()
    private var replies: [SMTPReply] = []
    private var lastReply: SMTPReply?
    private var capabilities = SMTPCapabilities()
    private var authenticated = false

    private var mail: Mail?
    private var begun: ContinuousClock.Instant?
    private var isWanted: () -> Bool = { true }
    private var transaction: SMTPTransaction?
    private var leavesReset = false

    init(server: SMTPServer, multi: MultiHandle, thread: IOThread, owner: any SMTPConnectionOwner) {
        self.server = server
        self.multi = multi
        self.thread = thread
        self.owner = owner
        let now = ContinuousClock.now
        // libcurl keeps the connect time-out; this is for a libcurl that does not.
        deadline = now + server.connectTimeout + .seconds(5)
        endOfLife = now + server.connectionLifetime
        easy.configure(for: server)
        let context = Unmanaged.passUnretained(self).toOpaque()
        easy.set(CURLOPT_HEADERDATA, pointer: context)
        easy.set(CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            let connection = Unmanaged<SMTPConnection>.fromOpaque(context).takeUnretainedValue()
            return connection.takeReplyLine(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
    }

    /// The last thing the server said while it connected.
    var greeting: String {
        lastReply?.text ?? ""
    }

    /// Begins to connect; nil, or why that cannot be tried.
    func open() -> TransferVerdict? {
        if let code = easy.refusedOption { return SMTPClassification.notConnected(code, reply: nil, detail: "") }
        guard multi.add(self) == CURLM_OK else {
            return SMTPClassification.notConnected(CURLE_OUT_OF_MEMORY, reply: nil, detail: "")
        }
        return nil
    }

    /// libcurl has connected, or has not.
    func finished(_ code: CURLcode) {
        guard state == .connecting else { return }
        guard code == CURLE_OK, let descriptor = easy.activeSocket else {
            return fail(SMTPClassification.notConnected(code, reply: lastReply, detail: easy.errorText))
        }
        if server.authentication != .none, !authenticated {
            return fail(SMTPClassification.authenticationNotOffered)
        }
        stream = SMTPStream(
            easy, descriptor: descriptor, thread: thread, readable: { [unowned self] in self.read() },
            lost: { [unowned self] in self.lose($0) })
        state = .idle
        // The first call binds the connection to this handle; until then libcurl may take it for an idle one.
        read()
        if state == .idle { owner.connectionReady(self) }
    }

    /// Since when the transaction that is under way is; nil without one.
    var busySince: ContinuousClock.Instant? { state == .busy ? begun : nil }

    /// Starts a transaction on an idle connection.
    ///
    /// - Parameter isWanted: asked when the server waits for the message. With false it gets none, and the connection is closed.
    /// - Returns: a verdict when it needed no server; the connection stays idle then.
    func start(_ mail: Mail, now: ContinuousClock.Instant, while isWanted: @escaping () -> Bool) -> TransferVerdict? {
        precondition(state == .idle, "a connection takes one mail at a time")
        var transaction = SMTPTransaction(mail, capabilities: capabilities, resetFirst: leavesReset)
        let first = transaction.start()
        if case .finish(let verdict, _) = first { return verdict }
        self.mail = mail
        self.isWanted = isWanted
        self.transaction = transaction
        state = .busy
        begun = now
        deadline = now + server.firstReplyTimeout
        owner.connectionDeadlineChanged(self)
        perform(first)
        return nil
    }

    /// Waits for work until the idle time-out.
    func rest(now: ContinuousClock.Instant) {
        deadline = min(now + server.idleTimeout, max(endOfLife, now))
        owner.connectionDeadlineChanged(self)
    }

    /// Says goodbye and waits a moment for the answer (RFC 5321 4.1.1.10).
    func quit() {
        guard state == .idle else { return close() }
        state = .quitting
        deadline = .now + .seconds(2)
        send { (stream) throws(SMTPStream.Lost) in try stream.send("QUIT\r\n") }
        if state == .quitting { owner.connectionDeadlineChanged(self) }
    }

    /// The deadline has passed.
    func expire() {
        switch state {
        case .connecting:
            fail(SMTPClassification.notConnected(CURLE_OPERATION_TIMEDOUT, reply: lastReply, detail: ""))
        case .busy:
            let limit = transaction?.contentSent == true ? server.timeout : server.firstReplyTimeout
            lose(.init(code: CURLE_OPERATION_TIMEDOUT, detail: "no reply within \(limit)"))
        case .quitting: closeAndTell()
        case .idle, .closed: break
        }
    }

    /// Closes at once, whatever is going on, and tells nobody.
    func close() {
        guard state != .closed else { return }
        state = .closed
        stream?.close()
        // libcurl closes the connection of a CONNECT_ONLY handle when the handle is removed.
        multi.remove(self)
    }

    /// The stage a loss would find the transaction in.
    var stage: TransferResult.Stage {
        guard let transaction else { return .connect }
        guard transaction.contentSent else { return .envelope }
        return stream?.isFlushed == true ? .answer : .content
    }

    // MARK: - Replies

    /// A line during the connect phase, from libcurl's header callback. Anything but `bytes.count` aborts.
    private func takeReplyLine(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard (try? parser.append(bytes, to: &replies)) != nil else { return 0 }
        for reply in replies {
            lastReply = reply
            if reply.code == 250 { capabilities = SMTPCapabilities(ehlo: reply) }
            if reply.code == 235 { authenticated = true }
        }
        replies.removeAll(keepingCapacity: true)
        return bytes.count
    }

    private func read() {
        var more = true
        while more, state != .closed, let stream {
            do throws(SMTPStream.Lost) {
                more = try stream.receive(into: &replies)
            } catch {
                return lose(error)
            }
            guard !replies.isEmpty else { continue }
            let taken = replies
            replies.removeAll(keepingCapacity: true)
            for reply in taken { take(reply) }
        }
    }

    private func take(_ reply: SMTPReply) {
        switch state {
        case .busy:
            guard let action = transaction?.receive(reply) else { return }
            perform(action)
        // Nothing was asked: a 421 before the server closes.
        case .idle, .quitting: closeAndTell()
        case .connecting, .closed: break
        }
    }

    // MARK: - Actions

    private func perform(_ action: SMTPTransaction.Action) {
        switch action {
        case .wait: break
        case .send(let text):
            send { (stream) throws(SMTPStream.Lost) in try stream.send(text) }
        case .sendContent:
            guard let mail else { return }
            guard isWanted() else { return end(.unwanted(at: .envelope), reusable: false) }
            if let begun {
                deadline = begun + server.timeout
                owner.connectionDeadlineChanged(self)
            }
            send { (stream) throws(SMTPStream.Lost) in try stream.sendContent(of: mail) }
        case .finish(let verdict, let reusable):
            end(verdict, reusable: reusable)
        }
    }

    private func send(_ body: (SMTPStream) throws(SMTPStream.Lost) -> Void) {
        guard let stream else { return }
        do throws(SMTPStream.Lost) { try body(stream) } catch { lose(error) }
    }

    private func end(_ verdict: TransferVerdict, reusable: Bool) {
        leavesReset = transaction?.leavesReset ?? false
        served += 1
        if verdict.outcome != .delivered { refused += 1 }
        mail = nil
        transaction = nil
        if reusable { state = .idle } else { close() }
        owner.connectionFinished(self, verdict, reusable: reusable)
    }

    private func lose(_ loss: SMTPStream.Lost) {
        switch state {
        case .busy: end(SMTPClassification.lost(loss.code, stage: stage, detail: loss.detail), reusable: false)
        case .idle, .quitting: closeAndTell()
        case .connecting, .closed: break
        }
    }

    private func fail(_ verdict: TransferVerdict) {
        close()
        owner.connectionFailed(self, verdict)
    }

    private func closeAndTell() {
        close()
        owner.connectionClosed(self)
    }
}
