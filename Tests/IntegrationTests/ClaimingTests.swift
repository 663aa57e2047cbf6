import RemindersDomain
import RemindersPostgres
import TestSupport
import Testing

@testable import RemindersStore

/// Who may send a delivery, and who may write down how it ended.
@Suite(.timeLimit(.minutes(1))) struct ClaimingTests {
    private let lease = Duration.seconds(60)

    /// A scene with one requested delivery by mail to user 1 for each occurrence.
    private func scene(_ occurrences: Int = 1, state: String = "requested") async throws -> (Scene, ReminderStore) {
        let scene = try await Scene.make()
        _ = try await scene.pool.query(
            Query(
                """
                INSERT INTO deliveries (occurrence_id, recipient, channel, id, reminder_id, state, due_at)
                SELECT number, '1', 'email', gen_random_uuid(), 1, $2, now() FROM generate_series(1, $1) number
                """, [.int4(Int32(occurrences)), .text(state)]))
        return (scene, try scene.store(as: .sender))
    }

    private func key(
        _ occurrence: Int64 = 1, _ channel: ChannelKind = .email, generation: Int = 0
    ) -> DeliveryKey {
        DeliveryKey(occurrenceID: occurrence, recipient: .user("1"), channel: channel, generation: generation)
    }

    private func claim(
        _ store: ReminderStore, owner: Int32, _ keys: [DeliveryKey]? = nil, lease: Duration = .seconds(60),
        suspectFrom: Int = .max, isInHand: Bool = false
    ) async throws -> [Claim] {
        try await store.claim(
            keys ?? [key()], owner: owner, lease: lease, suspectFrom: suspectFrom
        ) { _ in isInHand }.claims
    }

    private func record(
        _ store: ReminderStore, owner: Int32, attempt: Int = 1, _ state: DeliveryState, outcome: String = "delivered",
        reason: String? = nil, reply: String? = "250 OK", content: String? = nil
    ) async throws -> Bool {
        let record = AttemptRecord(
            delivery: key(), attempt: attempt, state: state, outcome: outcome, reason: reason, reply: reply,
            content: content)
        return try await store.recordAttemptsIfOwned([record], owner: owner)[key()] != nil
    }

    private func record(_ store: ReminderStore, _ key: DeliveryKey, _ state: DeliveryState) async throws -> Bool {
        let record = AttemptRecord(
            delivery: key, attempt: 1, state: state, outcome: "delivered", reason: nil, reply: nil)
        return try await store.recordAttemptsIfOwned([record], owner: 7)[key] != nil
    }

    private func row(_ scene: Scene) async throws -> String? {
        try await scene.text(
            "SELECT concat_ws('|', state, attempts, reason, reply, lease_until IS NOT NULL) FROM deliveries WHERE occurrence_id = 1"
        )
    }

    private func log(_ scene: Scene) async throws -> [String] {
        try await scene.texts(
            "SELECT concat_ws('|', kind, outcome, attempt, reason, reply) FROM sag_reminder_logs ORDER BY id")
    }

    @Test func `a delivery is claimed, sent and recorded once`() async throws {
        let (scene, store) = try await scene()
        guard case .claimed(attempt: 1, deaths: 0) = try await claim(store, owner: 7)[0] else {
            Issue.record("not claimed")
            return
        }
        #expect(try await row(scene) == "sending|1|t")
        #expect(try await record(store, owner: 7, .sent))
        #expect(try await row(scene) == "sent|1|250 OK|f")
        #expect(try await log(scene) == ["delivery|sent|1|250 OK"])
        guard case .settled(.sent) = try await claim(store, owner: 8)[0] else {
            Issue.record("not settled")
            return
        }
    }

    @Test func `an answer for each key, in their order`() async throws {
        let (scene, store) = try await scene(3)
        try await scene.run("UPDATE deliveries SET state = 'dead' WHERE occurrence_id = 2")
        let claims = try await claim(store, owner: 7, [key(3), key(2), key(9), key(1), key(3)])
        #expect(claims.map(\.word) == ["claimed 1", "settled dead", "missing", "claimed 1", "busy"])
    }

    @Test func `a message from before the database was restored claims nothing that has its number now`() async throws {
        let (scene, store) = try await scene()
        let other = RequestedDelivery(key: key(), id: DeliveryID(high: 1, low: 2))
        for state in ["requested", "sending", "sent"] {
            try await scene.run("UPDATE deliveries SET state = '\(state)', owner = 9, lease_until = now()")
            let claims = try await store.claim([other], owner: 7, lease: lease) { _ in false }.claims
            #expect(claims.map(\.word) == ["replaced"])
            #expect(try await scene.text("SELECT state FROM deliveries WHERE occurrence_id = 1") == state)
        }
    }

    @Test(arguments: ["requested", "sending", "sent"])
    func `and stays apart from the message of now that comes beside it`(state: String) async throws {
        let (scene, store) = try await scene(state: state)
        let id = DeliveryID(try await scene.pool.query(Query("SELECT id FROM deliveries"))[0].uuid(0))
        let now = RequestedDelivery(key: key(), id: id)
        let before = RequestedDelivery(key: key(), id: DeliveryID(high: 1, low: 2))
        for both in [[before, now], [now, before]] {
            try await scene.run(
                "UPDATE deliveries SET state = '\(state)', attempts = 0, owner = 9, lease_until = now()")
            let claims = try await store.claim(both, owner: 7, lease: lease) { _ in false }.claims
            #expect(claims[both[0] == before ? 0 : 1].word == "replaced", "\(claims)")
            let word = claims[both[0] == now ? 0 : 1].word
            #expect(word != "replaced" && word != "missing", "\(claims)")
            if state == "requested" { #expect(word == "claimed 1") }
        }
    }

    @Test func `another channel's delivery is another delivery`() async throws {
        let (_, store) = try await scene()
        let claims = try await store.claim([key(1, .mattermost)], owner: 7, lease: lease) { _ in false }.claims
        #expect(claims.map(\.word) == ["missing"])
    }

    @Test func `of many senders at once one gets each delivery`() async throws {
        let (_, store) = try await scene(100)
        let keys = (Int64(1)...100).map { key($0) }
        let owners = try await withThrowingTaskGroup(of: [Int64].self) { group in
            for owner in Int32(1)...5 {
                group.addTask {
                    let claims = try await claim(store, owner: owner, owner % 2 == 0 ? keys.reversed() : keys)
                    let order = owner % 2 == 0 ? keys.reversed() : keys
                    return zip(order, claims).filter { $0.1.word == "claimed 1" }.map(\.0.occurrenceID)
                }
            }
            return try await group.reduce(into: [[Int64]]()) { $0.append($1) }
        }
        #expect(owners.flatMap { $0 }.sorted() == Array(1...100))
    }

    @Test func `while the owner lives and its lease runs, nobody takes over`() async throws {
        let (scene, store) = try await scene()
        let presence = Presence(store: scene.store, logger: Scene.quiet)
        let running = Task { await presence.run() }
        defer { running.cancel() }
        await presence.certain()
        _ = try await claim(store, owner: presence.instance)
        #expect(try await claim(store, owner: 8).map(\.word) == ["busy"])
        #expect(try await row(scene) == "sending|1|t")

        running.cancel()
        await running.value
        // As soon as it is gone, and not before the lease is over.
        try await eventually { try await claim(store, owner: 8).map(\.word) == ["claimed 2 in doubt"] }
        #expect(try await log(scene) == ["attempt|unknown|1|sender_died"])
    }

    @Test func `when the lease is over, a living owner loses it too`() async throws {
        let (scene, store) = try await scene()
        let presence = Presence(store: scene.store, logger: Scene.quiet)
        let running = Task { await presence.run() }
        defer { running.cancel() }
        await presence.certain()
        _ = try await claim(store, owner: presence.instance, lease: .milliseconds(200))
        try await eventually { try await claim(store, owner: 8).map(\.word) == ["claimed 2 in doubt"] }
    }

    @Test func `of many who find a dead owner one takes over`() async throws {
        let (scene, store) = try await scene()
        _ = try await claim(store, owner: 7)
        let claims = try await withThrowingTaskGroup(of: String.self) { group in
            for owner in Int32(11)...16 { group.addTask { try await claim(store, owner: owner)[0].word } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        // The others had seen a dead owner that another one replaced meanwhile, or see a dead owner again: of the
        // owners here none shows that it lives.
        let attempts = claims.filter { $0 != "busy" }
        #expect(!attempts.isEmpty && Set(attempts).count == attempts.count)
        let takeovers = attempts.count
        #expect(try await log(scene).count == takeovers)
        #expect(try await row(scene) == "sending|\(1 + takeovers)|t")
    }

    @Test func `what an earlier owner has to say comes too late`() async throws {
        let (scene, store) = try await scene()
        _ = try await claim(store, owner: 7)
        _ = try await claim(store, owner: 8)
        #expect(try await !record(store, owner: 7, .sent))
        #expect(try await row(scene) == "sending|2|t")
        #expect(try await record(store, owner: 8, attempt: 2, .rejected, outcome: "rejected", reply: "550 no"))
        #expect(try await !record(store, owner: 7, .sent))
        #expect(try await row(scene) == "rejected|2|550 no|f")
        #expect(try await log(scene) == ["attempt|unknown|1|sender_died", "delivery|rejected|2|550 no"])
    }

    @Test func `an attempt of before is not recorded as the present one`() async throws {
        let (scene, store) = try await scene()
        _ = try await claim(store, owner: 7)
        _ = try await claim(store, owner: 8)
        _ = try await claim(store, owner: 7)
        #expect(try await !record(store, owner: 7, attempt: 1, .sent))
        #expect(try await record(store, owner: 7, attempt: 3, .sent))
        #expect(try await row(scene) == "sent|3|250 OK|f")
    }

    @Test func `a sender's own delivery is busy while it is at it, and its own again when it is not`() async throws {
        let (scene, store) = try await scene()
        _ = try await claim(store, owner: 7)
        #expect(try await claim(store, owner: 7, isInHand: true).map(\.word) == ["busy"])
        // Claimed by a statement whose answer was lost.
        #expect(try await claim(store, owner: 7).map(\.word) == ["claimed 2 in doubt"])
        #expect(try await row(scene) == "sending|2|t")
    }

    @Test func `what senders died with twice is suspect, and left where it is until it is claimed alone`() async throws
    {
        let (scene, store) = try await scene()
        #expect(try await claim(store, owner: 7, suspectFrom: 2).map(\.word) == ["claimed 1"])
        #expect(try await claim(store, owner: 8, suspectFrom: 2).map(\.word) == ["claimed 2 in doubt"])
        #expect(try await claim(store, owner: 9, suspectFrom: 2).map(\.word) == ["suspect"])
        #expect(try await row(scene) == "sending|2|t")
        #expect(try await claim(store, owner: 9).map(\.word) == ["claimed 3 in doubt"])
    }

    @Test func `what was attempted often, but not left by a dead sender, is not suspect`() async throws {
        let (scene, store) = try await scene()
        try await scene.run("UPDATE deliveries SET attempts = 6")
        #expect(try await claim(store, owner: 7, suspectFrom: 2).map(\.word) == ["claimed 7"])
    }

    @Test func `an attempt that is made again later leaves a line, and the delivery can be claimed again`() async throws
    {
        let (scene, store) = try await scene()
        _ = try await claim(store, owner: 7)
        #expect(
            try await record(
                store, owner: 7, .requested, outcome: "deferred", reason: "tried again after 5s", reply: "451 later"))
        // It is waited for until then, and handed over again should it not come.
        #expect(try await row(scene) == "requested|1|tried again after 5s|451 later|t")
        #expect(try await log(scene) == ["attempt|deferred|1|tried again after 5s|451 later"])
        #expect(try await claim(store, owner: 8).map(\.word) == ["claimed 2"])
        #expect(try await record(store, owner: 8, attempt: 2, .sent))
        #expect(try await log(scene).last == "delivery|sent|2|250 OK")
    }

    @Test func `a dry run keeps the message in the log`() async throws {
        let (scene, store) = try await scene()
        _ = try await claim(store, owner: 7)
        #expect(
            try await record(
                store, owner: 7, .dryRun, outcome: "dry_run", reply: nil, content: "Subject: Hej æøå\r\n\r\n"))
        #expect(
            try await scene.text("SELECT details ->> 'content' FROM sag_reminder_logs") == "Subject: Hej æøå\r\n\r\n")
    }

    @Test func `a second final record of one delivery is refused by the database itself`() async throws {
        let (scene, store) = try await scene()
        _ = try await claim(store, owner: 7)
        _ = try await record(store, owner: 7, .sent)
        let copy = """
            INSERT INTO sag_reminder_logs (kind, outcome, occurrence_id, reminder_id, user_id, channel, week)
            VALUES ('delivery', 'dead', 1, 1, '1', 'email', week_of_id(1))
            """
        let error = try await postgresError { try await scene.run(copy) }
        #expect(error?.sqlState == "23505")
        #expect(error?.constraint?.hasPrefix("sag_reminder_logs_kept_occurrence_id_user_id") == true)
        // Even where the row were made sendable again, its second end could not be written.
        try await scene.run("UPDATE deliveries SET state = 'requested'")
        _ = try await claim(store, owner: 7)
        #expect(
            try await postgresError { _ = try await record(store, owner: 7, attempt: 2, .sent) }?.sqlState == "23505")
    }

    @Test func `what is tried anew after its end is claimed by its generation and has a final record of its own`()
        async throws
    {
        let (scene, store) = try await scene()
        _ = try await claim(store, owner: 7)
        #expect(try await record(store, key(), .dead))
        try await scene.run(
            """
            INSERT INTO deliveries (occurrence_id, recipient, channel, generation, id, reminder_id, state, due_at)
            SELECT occurrence_id, recipient, channel, 1, id, reminder_id, 'requested', due_at FROM deliveries
            """)
        // A copy of the first message is of no more use.
        guard case .settled(.dead) = try await claim(store, owner: 7)[0] else { throw Unexpected() }
        guard case .claimed(attempt: 1, deaths: 0) = try await claim(store, owner: 7, [key(generation: 1)])[0]
        else { throw Unexpected() }
        #expect(try await !record(store, key(), .sent))
        #expect(try await record(store, key(generation: 1), .sent))
        #expect(
            try await scene.texts(
                "SELECT concat_ws(' ', generation, kind, outcome) FROM sag_reminder_logs ORDER BY id")
                == ["0 delivery dead", "1 delivery sent"])
        #expect(try await scene.number("SELECT count(DISTINCT delivery_id) FROM sag_reminder_logs") == 1)
        // Shown is the newest; the log has both, each with attempts of its own.
        let id = DeliveryID(try await scene.pool.query(Query("SELECT id FROM deliveries LIMIT 1"))[0].uuid(0))
        #expect(try await scene.store.ledgerEntry(id)?.entry.state == .sent)
        #expect(try await scene.store.ledgerEntry(id)?.entry.generation == 1)
        let records = try await scene.store.finalRecords(FinalRecordFilter())
        #expect(records.map(\.generation) == [1, 0])
        let attempts = try await scene.store.attempts(of: records)
        #expect(attempts.count == 2 && attempts.values.allSatisfy { $0.count == 1 })
    }

    @Test(arguments: ["held", "withdrawn", "unknown"])
    func `what is held or has ended is not sent`(state: String) async throws {
        let (_, store) = try await scene(state: state)
        #expect(try await claim(store, owner: 7).map(\.word) == ["settled \(state)"])
    }
}

extension Claim {
    /// In a word or two.
    fileprivate var word: String {
        switch self {
        case .claimed(let attempt, let deaths): "claimed \(attempt)" + (deaths > 0 ? " in doubt" : "")
        case .settled(let state): "settled \(state.rawValue)"
        case .busy: "busy"
        case .suspect: "suspect"
        case .missing: "missing"
        case .replaced: "replaced"
        case .unreadable(let reason): "unreadable \(reason)"
        }
    }
}

private struct Unexpected: Error {}
