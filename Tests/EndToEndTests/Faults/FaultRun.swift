import Foundation
import Glibc
import RemindersPostgres
import Synchronization
import TestSupport
import Testing

/// One play of a scene of faults: the load that is put on, what is broken under it, and what came of it.
final class FaultRun: Sendable {
    /// What is counted while it lasts.
    private struct State {
        var attempted: Set<DeliveryBooks.Item> = []
        var acknowledged: Set<DeliveryBooks.Item> = []
        var lastNumber = 0
        var faults: [FaultWindow] = []
        var copies = 0
        var formerLedger: [DeliveryBooks.LedgerRow] = []
        var expected: [String: Set<String>] = [:]
        var open: Set<String> = []
        var mayHaveDeadLetters = false
        var problems: [String] = []
    }

    let scene: Scene
    /// The scene's own broker, where it breaks one.
    let rabbitMQ: RabbitMQServer?
    /// The scene's own database server, where it breaks one.
    let postgres: PostgresServer?
    /// How many people there are, with the ids from 1.
    let people = 200
    /// How long everything may take to end after the last fault is mended.
    let patience = Duration.seconds(90)
    private let began = Date.now
    private let state = Mutex(State())

    private init(_ scene: Scene, rabbitMQ: RabbitMQServer?, postgres: PostgresServer?) {
        self.scene = scene
        self.rabbitMQ = rabbitMQ
        self.postgres = postgres
    }

    /// Plays a scene, prints its figures, and fails where something is lost, unexpected, or not recorded once.
    static func play(_ fault: FaultScene) async throws {
        let rabbitMQ = fault.server == .broker ? try await RabbitMQServer.start() : nil
        let postgres: PostgresServer?
        switch fault.server {
        case .database: postgres = try await PostgresServer.start()
        case .databaseOnSmallDisk:
            guard geteuid() == 0 else { return print("faults: \(fault.name) not played: only root can mount a disk") }
            postgres = try await PostgresServer.start(onDiskOfMegabytes: 400)
        default: postgres = nil
        }
        try await Scene.play(postgres: postgres, rabbitMQ: rabbitMQ) { scene in
            let run = FaultRun(scene, rabbitMQ: rabbitMQ, postgres: postgres)
            try await scene.addUsers(run.people)
            do {
                try await fault.play(run)
            } catch {
                run.note("\(error)")
            }
            try await run.conclude(fault.name)
        }
        try await rabbitMQ?.remove()
        try await postgres?.remove()
    }

    private func conclude(_ name: String) async throws {
        do {
            try await waitUntilNothingIsOpen()
        } catch is NotInTime {
            // What is open is named below.
            note("not everything has ended \(patience) after the last fault")
        }
        let kept = state.withLock { $0 }
        var books = try await scene.books()
        books.attempted = kept.attempted
        books.acknowledged = kept.acknowledged
        books.formerLedger = kept.formerLedger
        let verdict = books.verdict(open: kept.open)
        var problems = kept.problems + verdict.faults(copies: 0...kept.copies)
        let unlike = books.ledger.filter { row in
            !kept.open.contains(row.state) && !kept.expected[row.item.recipient, default: ["sent"]].contains(row.state)
        }
        if let first = unlike.first {
            problems.append("\(unlike.count) ended otherwise: \(first.item) as \(first.state)")
        }
        if !kept.mayHaveDeadLetters {
            let dead = try await scene.texts("SELECT queue || ': ' || reason FROM dead_letters")
            if let first = dead.first { problems.append("\(dead.count) dead letters: \(first)") }
        }
        let result = problems.isEmpty ? "passed" : "failed"
        print("faults: \(name) \(result): \(figures(verdict, books, kept.faults, copies: kept.copies))")
        if !problems.isEmpty { scene.showOutput() }
        #expect(problems == [], "\(name)")
    }

    /// The one line of a scene.
    private func figures(
        _ verdict: DeliveryVerdict, _ books: DeliveryBooks, _ faults: [FaultWindow], copies: Int
    ) -> String {
        let due = Dictionary(books.ledger.map { ($0.delivery, $0.due) }) { first, _ in first }
        let ends = books.log.filter(\.isFinal).compactMap { line in due[line.delivery].map { (due: $0, ended: line.at) }
        }
        let recovery = FaultWindow.longestRecovery(of: faults, ends: ends)
        let lines = Double(scene.linesLogged) / Date.now.timeIntervalSince(began)
        return """
            put in \(verdict.putIn), faults made \(faults.count), on the wire \(verdict.onWire), recorded \
            \(verdict.recorded), lost \(verdict.lost), doubled \(verdict.doubled) (at most \(copies)), longest recovery \
            \(recovery.formatted(.number.precision(.fractionLength(1)).locale(Locale(identifier: "en_US_POSIX")))) s, \
            \(Int(lines.rounded())) lines logged a second
            """
    }

    private func waitUntilNothingIsOpen() async throws {
        let open = state.withLock { $0.open }.map { " AND d.state <> '\($0)'" }.joined()
        try await scene.wait(
            for: """
                NOT EXISTS (SELECT FROM sag_reminders r WHERE NOT EXISTS (
                    SELECT FROM sag_reminder_queue q JOIN deliveries d ON d.occurrence_id = q.id WHERE q.reminder_id = r.id))
                AND NOT EXISTS (SELECT FROM deliveries d WHERE d.finished_at IS NULL\(open))
                """, within: patience)
    }
}

/// What a scene allows, and what it finds.
extension FaultRun {
    /// Something that must not be.
    func note(_ problem: String) { state.withLock { $0.problems.append(problem) } }

    /// So many more copies may be on the wire: a process died, or fell silent, with so much in its connections.
    func allowCopies(_ count: Int) { state.withLock { $0.copies += count } }

    /// Deliveries of these people may end in these states, instead of as `sent`.
    func expect(_ states: Set<String>, of recipients: some Sequence<Int>) {
        state.withLock { kept in for recipient in recipients { kept.expected["\(recipient)"] = states } }
    }

    /// Deliveries may stay in this state.
    func leaveOpen(_ state: String) { self.state.withLock { _ = $0.open.insert(state) } }

    /// Some messages may go to the dead letters.
    func allowDeadLetters() { state.withLock { $0.mayHaveDeadLetters = true } }

    /// Breaks something, and mends it: with the time in between.
    func fault(_ work: () async throws -> Void) async throws {
        let broken = Date.now
        try await work()
        let window = FaultWindow(broken: broken, mended: .now)
        state.withLock { $0.faults.append(window) }
    }

    /// The database forgets all that was put in since its backup: what of it was delivered is no surprise.
    ///
    /// - Parameter restore: Brings the backup back.
    func forgetting(_ restore: () async throws -> Void) async throws {
        let before = try await scene.ledger()
        let sent = Set(try await scene.logLines(of: "kind = 'delivery'").map(\.delivery))
        try await restore()
        let left = Set(try await scene.storedItems())
        let sentAgain = Set(try await scene.logLines(of: "kind = 'delivery'").map(\.delivery))
        state.withLock { kept in
            kept.formerLedger += before
            kept.acknowledged.formIntersection(left)
            kept.attempted.formIntersection(left)
            kept.copies += sent.subtracting(sentAgain).count
        }
    }
}

/// The load.
extension FaultRun {
    /// Puts in so many reminders that are due at once, by one statement.
    ///
    /// - Parameters:
    ///   - channel: `email` or `mattermost`; without it half of them go by mail, half as posts.
    ///   - recipients: For which people, in turn; nil for all.
    ///   - delay: When they are due.
    func put(
        _ count: Int, channel: String? = nil, to recipients: ClosedRange<Int>? = nil, in delay: Duration = .zero
    ) async throws {
        let recipients = recipients ?? 1...people
        let (first, items) = state.withLock { kept in
            let first = kept.lastNumber + 1
            kept.lastNumber += count
            let items = (first..<first + count).map { number in
                DeliveryBooks.Item(
                    title: "\(number)", recipient: "\(recipients.lowerBound + number % recipients.count)",
                    channel: channel ?? (number.isMultiple(of: 2) ? "email" : "mattermost"))
            }
            kept.attempted.formUnion(items)
            return (first, items)
        }
        let isMail = channel.map { $0 == "email" ? "true" : "false" } ?? "n % 2 = 0"
        try await scene.run(
            """
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, notify_email, notify_mattermost, notify_frontend,
                override_user_preferences, scheduled_at)
            SELECT n, n, ARRAY[(\(recipients.lowerBound) + n % \(recipients.count))::text], \(isMail), NOT (\(isMail)), false, true,
                clock_timestamp() + interval '\(delay.milliseconds) ms'
            FROM generate_series(\(first), \(first + count - 1)) n
            """)
        state.withLock { $0.acknowledged.formUnion(items) }
    }

    /// Puts reminders in all the while, and repeats `body` until the time is up, once at least. What the database does not
    /// confirm may be in or not.
    ///
    /// - Parameters:
    ///   - rate: How many a second.
    ///   - short: How long in `./test`.
    ///   - long: How long in `./test --faults`.
    func underLoad(
        of rate: Int = 30, short: Duration = .seconds(10), long: Duration = .seconds(45), channel: String? = nil,
        to recipients: ClosedRange<Int>? = nil, _ body: () async throws -> Void
    ) async throws {
        let load = Task {
            while !Task.isCancelled {
                try? await put(max(1, rate / 5), channel: channel, to: recipients)
                // The rate of the load.
                try? await Task.sleep(for: .milliseconds(200))
            }
        }
        defer { load.cancel() }
        let end = ContinuousClock.now + (FaultScene.isLong ? long : short)
        repeat { try await body() } while ContinuousClock.now < end
        load.cancel()
        await load.value
    }

    /// How many were put in, or tried to be.
    var numbersGiven: Int { state.withLock { $0.lastNumber } }

    /// Waits until some more deliveries have ended.
    func waitForMore(_ count: ClosedRange<Int> = 1...60) async throws {
        let sql = "SELECT count(*) FROM sag_reminder_logs WHERE kind = 'delivery'"
        let wanted = try await scene.number(sql) + .random(in: count)
        try await eventually(within: patience, "\(wanted) deliveries have ended") {
            try await scene.number(sql) >= wanted
        }
    }

    /// Leaves something broken for a while. How long is the fault itself: silence is noticed by limits of time, and what has to
    /// go on afterwards is what waited so long. Whoever waits for an effect waits for that.
    func staysBroken(for duration: Duration) async throws { try await Task.sleep(for: duration) }
}
