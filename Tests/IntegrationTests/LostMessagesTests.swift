import RemindersDomain
import Testing

@testable import RemindersStore

/// Which rows are taken to have lost their message. Patience is a minute.
@Suite(.timeLimit(.minutes(1))) struct LostMessagesTests {
    /// A delivery in the ledger, its times in seconds ago.
    struct Row: CustomTestStringConvertible {
        let name: String
        var channel = "email"
        var state = "requested"
        var requested = 300
        var lease: Int?
        var owner: Int?
        var release: String?
        var finished: Int?
        /// Whether it is handed over again: while the queue is empty, and while it is not but what was requested ten seconds
        /// ago has come through.
        let isLost: (empty: Bool, overtaken: Bool)

        var testDescription: String { name }
    }

    static let rows = [
        Row(name: "requested long ago", isLost: (true, true)),
        Row(name: "requested just now", requested: 50, isLost: (false, false)),
        Row(name: "requested a little before what came through", requested: 65, isLost: (true, false)),
        Row(name: "waits for its next attempt", lease: -600, isLost: (false, false)),
        Row(name: "should have come back from its wait", lease: 200, isLost: (true, true)),
        Row(name: "has just come back from its wait", lease: 30, isLost: (false, false)),
        Row(name: "is claimed by one who lives", state: "sending", lease: -60, owner: 7, isLost: (false, false)),
        Row(name: "was left by one who lives", state: "sending", lease: 100, owner: 7, isLost: (true, true)),
        Row(name: "was claimed by one who died", state: "sending", lease: -60, owner: 8, isLost: (true, true)),
        Row(name: "is held", state: "held", release: "infinity", isLost: (false, false)),
        Row(name: "is released, and to be published", release: "now", isLost: (false, false)),
        Row(name: "has ended", state: "sent", finished: 200, isLost: (false, false)),
        Row(name: "is of another channel", channel: "mattermost", isLost: (false, false)),
    ]

    @Test(arguments: [true, false])
    func `what nobody got on with is lost where its queue is empty, or it was overtaken`(isEmpty: Bool) async throws {
        let scene = try await Scene.make()
        try await scene.pool.withSession { session in
            _ = try await session.query(SQL.tryInstanceLock(7))
            try await comeThrough(ago: 10, scene)
            for (number, row) in Self.rows.enumerated() { try await add(row, number + 1, scene) }
            let channels = try await scene.store.stalledChannels(among: [.email, .frontend], for: .seconds(60))
            #expect(channels == [.email])
            let count = try await scene.store.handOverLostDeliveriesAgain(
                through: .email, isQueueEmpty: isEmpty, after: .seconds(60), limit: 100)
            let handedOver = try await handedOver(scene)
            let expected = Self.rows.filter { isEmpty ? $0.isLost.empty : $0.isLost.overtaken }.map(\.name)
            #expect(Set(handedOver) == Set(expected))
            #expect(count == expected.count)
        }
    }

    @Test func `a queue that is merely long loses nothing`() async throws {
        let scene = try await Scene.make()
        for number in 1...5 { try await add(Self.rows[0], number, scene) }
        func handOver() async throws -> Int {
            try await scene.store.handOverLostDeliveriesAgain(
                through: .email, isQueueEmpty: false, after: .seconds(60), limit: 100)
        }
        #expect(try await handOver() == 0, "nothing has come through")
        try await comeThrough(ago: 320, scene)
        #expect(try await handOver() == 0, "what came before it has come through")
        try await comeThrough(ago: 200, scene)
        #expect(try await handOver() == 5)
    }

    @Test func `what waits for its operator, or is a dead letter, is not lost`() async throws {
        let scene = try await Scene.make()
        for number in 1...2 { try await add(Self.rows[0], number, scene) }
        try await scene.run(
            """
            INSERT INTO dead_letters (queue, reason, message_id, body)
            SELECT 'email-sender.deliveries', 'unreadable', id::text, '' FROM deliveries WHERE occurrence_id = 1
            """)
        try await scene.run(
            "INSERT INTO channel_pauses (channel, instance, reason) VALUES ('email', 7, 'login refused')")
        func handOver() async throws -> Int {
            try await scene.store.handOverLostDeliveriesAgain(
                through: .email, isQueueEmpty: true, after: .seconds(60), limit: 100)
        }
        #expect(try await scene.store.stalledChannels(among: [.email], for: .seconds(60)) == [])
        #expect(try await handOver() == 0)
        try await scene.run("DELETE FROM channel_pauses")
        #expect(try await handOver() == 1)
        #expect(try await scene.number("SELECT occurrence_id FROM deliveries WHERE release_at IS NOT NULL") == 2)
    }

    @Test func `a digest is handed over with all that it carries, and only if it is lost itself`() async throws {
        let scene = try await Scene.make()
        for number in 1...4 { try await add(Self.rows[0], number, scene) }
        try await scene.run(
            """
            UPDATE deliveries SET carrier_occurrence_id = 1 WHERE occurrence_id IN (1, 2);
            UPDATE deliveries SET carrier_occurrence_id = 3 WHERE occurrence_id IN (3, 4);
            UPDATE deliveries SET lease_until = now() + interval '10 minutes' WHERE occurrence_id = 3
            """)
        let count = try await scene.store.handOverLostDeliveriesAgain(
            through: .email, isQueueEmpty: true, after: .seconds(60), limit: 100)
        #expect(count == 2)
        #expect(
            try await scene.texts(
                "SELECT occurrence_id::text FROM deliveries WHERE release_at IS NOT NULL ORDER BY occurrence_id")
                == ["1", "2"])
    }

    @Test func `occurrences that nobody decided about are published again`() async throws {
        let scene = try await Scene.make()
        try await scene.run(
            """
            INSERT INTO sag_reminder_queue (reminder_id, trigger_type, due_at, status, published_at, processed_at, only_recipient)
            SELECT n, 'time_based', now(), 'processing', published, processed, '1'
            FROM (VALUES (1, now() - interval '5 minutes', NULL), (2, now() - interval '30 seconds', NULL),
                         (3, now() - interval '5 minutes', now()), (4, NULL, NULL),
                         (5, now() - interval '10 seconds', now()))
                AS row (n, published, processed)
            """)
        func publish(_ isEmpty: Bool) async throws -> Int {
            try await scene.store.publishLostOccurrencesAgain(isQueueEmpty: isEmpty, after: .seconds(60), limit: 100)
        }
        #expect(try await scene.store.haveOccurrencesStalled(for: .seconds(60)))
        try await scene.run("UPDATE sag_reminder_queue SET processed_at = NULL WHERE reminder_id = 5")
        #expect(try await publish(false) == 0, "nothing has overtaken it")
        try await scene.run("UPDATE sag_reminder_queue SET processed_at = now() WHERE reminder_id = 5")
        #expect(try await publish(false) == 1)
        #expect(
            try await scene.texts(
                "SELECT reminder_id::text FROM sag_reminder_queue WHERE published_at IS NULL ORDER BY 1") == ["1", "4"])
        #expect(try await !scene.store.haveOccurrencesStalled(for: .seconds(60)))
    }

    // MARK: - Rows

    private func add(_ row: Row, _ number: Int, _ scene: Scene) async throws {
        func ago(_ seconds: Int?) -> String { seconds.map { "now() - interval '\($0) seconds'" } ?? "NULL" }
        let release = row.release.map { "timestamptz '\($0)'" } ?? "NULL"
        try await scene.run(
            """
            INSERT INTO deliveries (occurrence_id, recipient, channel, id, reminder_id, state, due_at, requested_at, lease_until,
                owner, attempts, release_at, finished_at, reply)
            SELECT \(number), '1', '\(row.channel)', gen_random_uuid(), 1, '\(row.state)', now(), \(ago(row.requested)),
                \(ago(row.lease)), \(row.owner.map(String.init) ?? "NULL"), 0, \(release), \(ago(row.finished)),
                '\(row.name)'
            """)
    }

    private func handedOver(_ scene: Scene) async throws -> [String] {
        try await scene.texts(
            "SELECT reply FROM deliveries WHERE release_at <= now() AND reply <> 'is released, and to be published'")
    }

    /// Records that a delivery requested so many seconds ago has been sent.
    private func comeThrough(ago: Int, _ scene: Scene) async throws {
        try await scene.run(
            """
            INSERT INTO deliveries (occurrence_id, recipient, channel, id, reminder_id, state, due_at, requested_at, attempts,
                finished_at)
            VALUES (1000 + \(ago), '1', 'email', gen_random_uuid(), 1, 'sent', now(), now() - interval '\(ago) seconds', 1,
                    now());
            INSERT INTO sag_reminder_logs (kind, outcome, occurrence_id, week, reminder_id, user_id, channel, due_at)
            VALUES ('delivery', 'sent', 1000 + \(ago), week_of_id(1000 + \(ago)), 1, '1', 'email', now())
            """)
    }
}
