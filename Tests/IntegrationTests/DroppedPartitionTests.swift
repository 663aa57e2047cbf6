import RemindersDomain
import RemindersPostgres
import TestSupport
import Testing

@testable import RemindersStore

/// What becomes of the partition of a week that is over.
@Suite(.timeLimit(.minutes(1))) struct DroppedPartitionTests {
    private static let tables = ["popups", "deliveries", "sag_reminder_queue", "sag_reminder_logs"]

    /// What makes an occurrence unfinished: each in a statement about the occurrence `id`.
    private static let unfinished = [
        "UPDATE sag_reminder_queue SET processed_at = NULL WHERE id = ID",
        "UPDATE sag_reminder_queue SET processed_at = NULL, published_at = NULL WHERE id = ID",
        """
        UPDATE sag_reminder_queue SET trigger_type = 'deadline_approaching', deadline = now() + interval '1 year'
        WHERE id = ID
        """,
        "UPDATE deliveries SET state = 'requested', finished_at = NULL WHERE occurrence_id = ID",
        "UPDATE deliveries SET state = 'sending', finished_at = NULL, owner = 1 WHERE occurrence_id = ID",
        """
        UPDATE deliveries SET state = 'held', reason = 'switched_off', release_at = 'infinity', finished_at = NULL
        WHERE occurrence_id = ID
        """,
        "UPDATE popups SET settled_at = NULL, settled_how = NULL WHERE occurrence_id = ID",
    ]

    @Test(arguments: [tables, tables.reversed()])
    func `what is finished goes; what is not stays, with all that belongs to it`(order: [String]) async throws {
        let scene = try await Scene.make()
        try await scene.makePastWeeks(3)
        let first = try await scene.firstID(weeksAgo: 2)
        var kept: [Int64] = []
        for (number, change) in DroppedPartitionTests.unfinished.enumerated() {
            let id = first + Int64(number)
            try await scene.addFinished(id, but: change.replacing("ID", with: "\(id)"))
            kept.append(id)
        }
        // Finished, each the last and the first of a week beside it, and a line of the log that belongs to no occurrence.
        for id in [first + 100, first + 101, first - 1, try await scene.firstID(weeksAgo: 1)] {
            try await scene.addFinished(id)
        }
        try await scene.run(
            "INSERT INTO sag_reminder_logs (kind, reminder_id, user_id, week) VALUES ('snooze', 1, '1', week_of_id(\(first)))"
        )
        let store = try scene.store(as: .scheduler)
        let counts = "SELECT sum(deliveries)::bigint FROM counted_deliveries WHERE span = 'day'"
        let counted = try await scene.number(counts)
        for table in order {
            let name = try await scene.partition(of: table, weeksAgo: 2)
            let lines: Int64 = table == "sag_reminder_logs" ? 2 : 1
            #expect(try await store.dropPartition(name) == .dropped(kept: Int64(kept.count) * lines))
            #expect(try await scene.text("SELECT to_regclass('\(name)')::text") == nil)
        }
        #expect(try await scene.number(counts) == counted, "what is kept is not counted again, what goes stays counted")
        let neighbours = [first - 1, try await scene.firstID(weeksAgo: 1)]
        for (table, key) in [
            ("popups", "occurrence_id"), ("deliveries", "occurrence_id"), ("sag_reminder_queue", "id"),
            ("sag_reminder_logs", "occurrence_id"),
        ] {
            let ids = "SELECT DISTINCT \(key) FROM"
            #expect(try await scene.numbers("\(ids) \(table)_kept ORDER BY 1") == kept, "\(table)")
            #expect(try await scene.numbers("\(ids) \(table) ORDER BY 1") == (kept + neighbours).sorted(), "\(table)")
        }
    }

    @Test func `what was kept goes on, ends with its one record, and can be forgotten then`() async throws {
        let scene = try await Scene.make()
        try await scene.addUsers("1")
        try await scene.makePastWeeks(3)
        let reminder = try await scene.addDueReminders(1, for: ["1"])[0]
        let id = try await scene.firstID(weeksAgo: 2) + 5
        try await scene.addFinished(
            id, reminder: reminder,
            but: """
                DELETE FROM sag_reminder_logs WHERE kind = 'delivery';
                UPDATE deliveries SET state = 'held', reason = 'quiet_hours', release_at = now(), finished_at = NULL
                """)
        let housekeeping = try scene.store(as: .scheduler)
        for table in DroppedPartitionTests.tables {
            #expect(
                try await housekeeping.dropPartition(scene.partition(of: table, weeksAgo: 2)) == .dropped(kept: 1))
        }
        for table in DroppedPartitionTests.tables {
            #expect(try await housekeeping.forgetKept(of: table, before: scene.store.now(), limit: 10) == 0)
        }
        #expect(try await scene.store(as: .rateLimiter).releasableOccurrences(limit: 10).occurrences == [id])
        try await scene.decide([id], isRelease: true)
        let key = DeliveryKey(occurrenceID: id, recipient: .user("1"), channel: .email)
        let sender = try scene.store(as: .sender)
        _ = try await sender.claim([key], owner: 7, lease: .seconds(60)) { _ in false }
        let record = AttemptRecord(
            delivery: key, attempt: 1, state: .sent, outcome: "delivered", reason: nil, reply: "250 OK")
        #expect(try await sender.recordAttemptsIfOwned([record], owner: 7).count == 1)
        #expect(
            try await scene.texts("SELECT kind || ' ' || outcome FROM sag_reminder_logs_kept ORDER BY id") == [
                "attempt deferred", "delivery sent",
            ])
        // No sooner than it was made; then in slices.
        let made = try await scene.firstID(weeksAgo: 2)
        let begin = try await scene.number("SELECT extract(epoch FROM begin_of_week(week_of_id(\(made))))::bigint")
        let early = Instant(microseconds: begin * 1_000_000)
        for table in DroppedPartitionTests.tables {
            #expect(try await housekeeping.forgetKept(of: table, before: early, limit: 10) == 0)
            #expect(try await housekeeping.forgetKept(of: table, before: scene.store.now(), limit: 1) == 1)
        }
        #expect(try await scene.number("SELECT count(*) FROM sag_reminder_logs") == 1)
    }

    @Test func `a week that is not over, what is kept and what is no partition are refused`() async throws {
        let scene = try await Scene.make()
        let store = try scene.store(as: .scheduler)
        let now = try await scene.partition(of: "deliveries", weeksAgo: 0)
        #expect(try await postgresError { _ = try await store.dropPartition(now) }?.sqlState == "55000")
        for name in ["deliveries_kept", "deliveries", "users", "nothing"] {
            #expect(try await postgresError { _ = try await store.dropPartition(name) }?.sqlState == "42P01")
        }
        #expect(
            try await postgresError { _ = try await scene.store(as: .sender).dropPartition(now) }?.sqlState == "42501")
        #expect(try await scene.store.partitions().count == 4 * 4)
    }

    @Test func `where too much is not finished it stays, and says so`() async throws {
        let scene = try await Scene.make()
        try await scene.makePastWeeks(1)
        let first = try await scene.firstID(weeksAgo: 1)
        try await scene.run(
            """
            INSERT INTO sag_reminder_queue (id, reminder_id, trigger_type, due_at)
            SELECT \(first) + number, number, 'time_based', now() FROM generate_series(1, 10001) number
            """)
        let name = try await scene.partition(of: "sag_reminder_queue", weeksAgo: 1)
        let store = try scene.store(as: .scheduler)
        guard case .stays(let reason) = try await store.dropPartition(name) else {
            Issue.record("it went")
            return
        }
        #expect(reason.hasPrefix("10001 of its occurrences are not finished"))
        try await scene.run("UPDATE sag_reminder_queue SET processed_at = now() WHERE id = \(first) + 1")
        #expect(try await store.dropPartition(name) == .dropped(kept: 10_000))
    }

    @Test func `while somebody reads at length it is left for later, and nothing has changed`() async throws {
        let scene = try await Scene.make()
        try await scene.makePastWeeks(1)
        try await scene.addFinished(try await scene.firstID(weeksAgo: 1))
        let name = try await scene.partition(of: "deliveries", weeksAgo: 1)
        let store = try scene.store(as: .scheduler)
        try await scene.pool.transaction { reader in
            _ = try await reader.query(Query("SELECT count(*) FROM deliveries"))
            #expect(try await postgresError { _ = try await store.dropPartition(name) }?.sqlState == "55P03")
            #expect(try await scene.number("SELECT count(*) FROM \(name)") == 1)
        }
        #expect(try await store.dropPartition(name) == .dropped(kept: 0))
    }

    @Test func `what is asked for again while its partition is looked through is not lost`() async throws {
        let scene = try await Scene.make()
        try await scene.makePastWeeks(1)
        let id = try await scene.firstID(weeksAgo: 1)
        try await scene.addFinished(id, but: "UPDATE deliveries SET state = 'dead'")
        let delivery = DeliveryID(try await scene.pool.query(Query("SELECT id FROM deliveries"))[0].uuid(0))
        let name = try await scene.partition(of: "deliveries", weeksAgo: 1)
        // The dropping one waits for whoever asks, before it looks.
        let dropped = try await scene.pool.transaction { asking in
            _ = try await asking.query(SQL.askForDeliveriesAgain([delivery], Array(DeliveryState.askedForAgain), "1"))
            async let dropping = scene.store(as: .scheduler).dropPartition(name)
            try await scene.waitForBlockedSession()
            try await asking.finish()
            return try await dropping
        }
        #expect(dropped == .dropped(kept: 2))
        #expect(
            try await scene.texts("SELECT generation || ' ' || state FROM deliveries ORDER BY 1") == [
                "0 dead", "1 held",
            ])
    }
}
