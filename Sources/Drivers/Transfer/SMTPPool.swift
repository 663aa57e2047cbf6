import DequeModule
import Logging
import RemindersIOThread

/// A mail that waits for its end.
struct PendingMail {
    let mail: Mail
    let completion: Completion
    /// Given back once by a connection that turned out to be stale.
    var retried = false
}

/// The connections to one mail server and the mails that wait for one. Belongs to one thread.
final class SMTPPool: SMTPConnectionOwner {
    let server: SMTPServer

    private let multi: MultiHandle
    private let thread: IOThread
    private let logger: Logger
    private let maximumConnections: Int
    private let complete: (Completion, TransferVerdict, Bool) -> Void

    private var waiting = Deque<PendingMail>()
    private var connections: [ObjectIdentifier: SMTPConnection] = [:]
    private var idle: [SMTPConnection] = []
    private var busy: [ObjectIdentifier: PendingMail] = [:]
    private var connecting: Set<ObjectIdentifier> = []
    private var verifying: [ObjectIdentifier: Completion] = [:]
    private var leaving: Set<ObjectIdentifier> = []
    private var opensAgain: ContinuousClock.Instant?
    private var timer: (timer: IOTimer, at: ContinuousClock.Instant)?
    /// When the next transaction may become slow; nil when it is not known.
    private var nextSlow: ContinuousClock.Instant?

    /// A transaction that takes longer holds its connection for many seconds, most often: another takes its place.
    static let slowAfter = Duration.seconds(1)
    /// How many connections there may be for each that is allowed, with those of slow transactions.
    static let mostConnectionsForOne = 4

    /// Postfix slows a client down after ten errors on a connection (smtpd_soft_error_limit).
    static let refusalsPerConnection = 8

    init(
        server: SMTPServer, multi: MultiHandle, thread: IOThread, logger: Logger, maximumConnections: Int,
        complete: @escaping (Completion, TransferVerdict, Bool) -> Void
    ) {
        self.server = server
        self.multi = multi
        self.thread = thread
        self.logger = logger
        self.maximumConnections = maximumConnections
        self.complete = complete
    }

    /// Sends a mail as soon as there is a connection for it.
    func send(_ mail: Mail, _ completion: Completion) {
        waiting.append(PendingMail(mail: mail, completion: completion))
        // Short cut for the most frequent case, that all connections are there and busy.
        if idle.isEmpty, opensAgain == nil, live >= maximumConnections, timer != nil, !mayOpen(.now) {
            return armForSlow()
        }
        pump()
    }

    /// Opens a connection of its own, and ends it when the server has let it in.
    func verify(_ completion: Completion) {
        let connection = SMTPConnection(server: server, multi: multi, thread: thread, owner: self)
        if let verdict = connection.open() { return complete(completion, verdict, true) }
        keep(connection)
        verifying[ObjectIdentifier(connection)] = completion
    }

    /// Gives waiting mails to idle connections and opens more as far as there are mails for them.
    private func pump() {
        let now = ContinuousClock.now
        while !waiting.isEmpty, let connection = idle.popLast() {
            work(connection, now: now)
        }
        if let again = opensAgain {
            guard again <= now || live == 0 else { return }
            opensAgain = nil
        }
        while connecting.count < waiting.count, mayOpen(now) {
            let connection = SMTPConnection(server: server, multi: multi, thread: thread, owner: self)
            if let verdict = connection.open() { return failWaiting(verdict) }
            keep(connection)
            connecting.insert(ObjectIdentifier(connection))
        }
        armForSlow()
    }

    /// Ends everything at once.
    func abort() {
        for (identity, connection) in connections {
            if let pending = busy[identity] {
                let verdict = SMTPClassification.lost(
                    .init(42), stage: connection.stage, detail: "aborted: the client is closing")
                complete(pending.completion, verdict, connection.served == 0)
            }
            if let completion = verifying[identity] { complete(completion, .closed, true) }
            connection.close()
        }
        failWaiting(.closed)
        connections = [:]
        idle = []
        busy = [:]
        connecting = []
        verifying = [:]
        leaving = []
        if let timer { thread.cancelTimer(timer.timer) }
        timer = nil
    }

    /// Says goodbye on idle connections, without waiting.
    func quitIdle() {
        let resting = idle
        idle = []
        for connection in resting { leave(connection) }
    }

    // MARK: - SMTPConnectionOwner

    func connectionReady(_ connection: SMTPConnection) {
        connecting.remove(ObjectIdentifier(connection))
        if let completion = verifying.removeValue(forKey: ObjectIdentifier(connection)) {
            let verdict = TransferVerdict(outcome: .delivered, reply: connection.greeting, stage: .connect)
            complete(completion, verdict, true)
            return leave(connection)
        }
        work(connection, now: .now)
    }

    func connectionFailed(_ connection: SMTPConnection, _ verdict: TransferVerdict) {
        let completion = verifying[ObjectIdentifier(connection)]
        forget(connection)
        if let completion { return complete(completion, verdict, true) }
        logger.debug(
            "mail server refused or missed a connection",
            metadata: ["smtp.server": "\(server)", "smtp.reply": "\(verdict.reply)"])
        if live == 0 {
            // Nobody is left to send what waits, and the next try would very likely fail the same way.
            failWaiting(verdict)
        } else {
            // The server takes fewer connections than allowed here: go on with those there are.
            opensAgain = .now + .seconds(5)
        }
    }

    func connectionFinished(_ connection: SMTPConnection, _ verdict: TransferVerdict, reusable: Bool) {
        let wasFirst = connection.served == 1
        guard let pending = busy.removeValue(forKey: ObjectIdentifier(connection)) else { return }
        if !wasFirst, !reusable, !pending.retried, isStale(verdict) {
            var again = pending
            again.retried = true
            waiting.prepend(again)
        } else {
            complete(pending.completion, verdict, wasFirst)
        }
        if reusable {
            work(connection, now: .now)
        } else {
            forget(connection)
            pump()
        }
    }

    func connectionClosed(_ connection: SMTPConnection) {
        forget(connection)
        pump()
    }

    func connectionDeadlineChanged(_ connection: SMTPConnection) {
        arm(connection.deadline)
    }

    // MARK: - Work

    /// Connections that carry mail or are about to.
    private var live: Int {
        connections.count - leaving.count - verifying.count
    }

    /// Gives the next mails to an idle connection, or lets it rest or go.
    private func work(_ connection: SMTPConnection, now: ContinuousClock.Instant) {
        if connection.refused >= Self.refusalsPerConnection || connection.endOfLife <= now || isOneTooMany(now) {
            leave(connection)
            return pump()
        }
        while let pending = waiting.popFirst() {
            guard pending.completion.isWanted() else {
                complete(pending.completion, .unwanted(at: .queued), false)
                continue
            }
            busy[ObjectIdentifier(connection)] = pending
            guard let verdict = connection.start(pending.mail, now: now, while: pending.completion.isWanted) else {
                return
            }
            busy[ObjectIdentifier(connection)] = nil
            complete(pending.completion, verdict, false)
        }
        idle.append(connection)
        connection.rest(now: now)
    }

    private func slow(_ now: ContinuousClock.Instant) -> Int {
        connections.values.count { $0.busySince.map { $0 + Self.slowAfter <= now } ?? false }
    }

    /// Whether one more connection may be opened: those of slow transactions are not counted, up to a limit.
    private func mayOpen(_ now: ContinuousClock.Instant) -> Bool {
        if live < maximumConnections { return true }
        return live < maximumConnections * Self.mostConnectionsForOne && live - slow(now) < maximumConnections
    }

    /// Whether there are more connections than allowed, now that a slow transaction has ended.
    private func isOneTooMany(_ now: ContinuousClock.Instant) -> Bool {
        live > maximumConnections && live - slow(now) > maximumConnections
    }

    /// Looks again when the next transaction becomes slow, if there are mails that wait for that.
    private func armForSlow() {
        guard !waiting.isEmpty, live < maximumConnections * Self.mostConnectionsForOne else { return }
        let now = ContinuousClock.now
        // Those begun since become slow later: so this looks through the connections once a second, and not with each mail.
        if let nextSlow, nextSlow > now { return }
        let next =
            connections.values.compactMap { $0.busySince.map { $0 + Self.slowAfter } }.filter { $0 > now }.min()
            ?? now + Self.slowAfter
        nextSlow = next
        arm(next)
    }

    /// A connection kept from before that broke, or was ended by a 421, before anything was handed over: the mail
    /// has lost nothing by going out on another one.
    private func isStale(_ verdict: TransferVerdict) -> Bool {
        verdict.stage == .envelope && (verdict.code == 421 || (verdict.code == 0 && verdict.curlCode != 28))
    }

    private func leave(_ connection: SMTPConnection) {
        leaving.insert(ObjectIdentifier(connection))
        connection.quit()
    }

    private func keep(_ connection: SMTPConnection) {
        connections[ObjectIdentifier(connection)] = connection
        arm(connection.deadline)
    }

    private func forget(_ connection: SMTPConnection) {
        let identity = ObjectIdentifier(connection)
        connecting.remove(identity)
        leaving.remove(identity)
        verifying[identity] = nil
        idle.removeAll { $0 === connection }
        connections[identity] = nil
    }

    private func failWaiting(_ verdict: TransferVerdict) {
        while let pending = waiting.popFirst() {
            complete(pending.completion, verdict, false)
        }
    }

    // MARK: - Deadlines

    /// One timer for all connections, never later than the earliest deadline. Deadlines mostly move away from it, so
    /// it is set again when it fires, not with each mail.
    private func arm(_ deadline: ContinuousClock.Instant) {
        if let timer {
            guard deadline < timer.at else { return }
            thread.cancelTimer(timer.timer)
        }
        timer = (thread.setTimer(at: deadline) { [unowned self] in self.sweep() }, deadline)
    }

    private func sweep() {
        timer = nil
        nextSlow = nil
        let now = ContinuousClock.now
        for connection in connections.values where connection.deadline <= now {
            if let index = idle.firstIndex(where: { $0 === connection }) {
                idle.remove(at: index)
                leave(connection)
            } else {
                connection.expire()
            }
        }
        if let next = connections.values.map(\.deadline).min() { arm(next) }
        if !waiting.isEmpty { pump() }
    }
}
