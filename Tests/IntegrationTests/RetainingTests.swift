import RemindersDomain
import RemindersPostgres
import TestSupport
import Testing

@testable import RemindersStore

/// What is over goes when it is older than it is kept, and nothing else.
@Suite(.timeLimit(.minutes(3))) struct RetainingTests {
    @Test func `what is kept whole goes by slices, oldest first, and what nobody settled stays`() async throws {
        let scene = try await Scene.make()
        try await scene.run(
            """
            INSERT INTO case_events (source, event_id, type, entity_type, case_id, outcome, received_at)
            SELECT 's', number, 't', 'case', '1', 'applied', now() - number * interval '1 day' FROM generate_series(1, 40) number;
            INSERT INTO dead_letters (queue, reason, body, created_at, settled_at, settled_how)
            SELECT 'q', 'r', number::text::bytea, now() - interval '90 days',
                CASE WHEN number % 2 = 0 THEN now() - number * interval '1 day' END, CASE WHEN number % 2 = 0 THEN 'discarded' END
            FROM generate_series(1, 40) number;
            INSERT INTO idempotency_keys (user_id, route, key, body_hash, created_at)
            SELECT '1', '/', number, sha256('x'), now() - number * interval '1 hour' FROM generate_series(1, 48) number
            """)
        let retention = Retention()
        let expected = [
            Forgotten(table: "case_events", rows: 11), Forgotten(table: "dead_letters", rows: 6),
            Forgotten(table: "idempotency_keys", rows: 25),
        ]
        #expect(try await scene.store.countForgettable(retention) == expected)
        let store = try scene.store(as: .scheduler)
        #expect(try await store.forgetSlice(retention, slice: 4).map(\.rows) == [4, 4, 4])
        var left: [String: Int64] = ["case_events": 4, "dead_letters": 4, "idempotency_keys": 4]
        while case let more = try await store.forgetSlice(retention, slice: 4), !more.isEmpty {
            for part in more { left[part.table, default: 0] += part.rows }
        }
        #expect(expected.allSatisfy { left[$0.table] == $0.rows }, "\(left)")
        #expect(try await scene.store.countForgettable(retention) == [])
        #expect(try await scene.number("SELECT count(*) FROM case_events") == 29)
        #expect(try await scene.number("SELECT count(*) FROM dead_letters WHERE settled_at IS NULL") == 20)
        #expect(
            try await scene.number("SELECT count(*) FROM dead_letters WHERE settled_at < now() - interval '30 d'") == 0)
    }

    @Test func `what is kept for ever stays`() async throws {
        let scene = try await Scene.make()
        try await scene.run(
            """
            INSERT INTO case_events (source, event_id, type, entity_type, case_id, outcome, received_at)
            VALUES ('s', '1', 't', 'case', '1', 'applied', '2001-01-01Z')
            """)
        var retention = Retention()
        retention[.caseEvents] = nil
        #expect(try await scene.store.forgetSlice(retention).isEmpty)
        #expect(try await scene.store.countForgettable(retention).isEmpty)
        #expect(try await scene.number("SELECT count(*) FROM case_events") == 1)
    }

    @Test func `whole weeks go that are older than they are kept, the log's last, and what is not finished stays`()
        async throws
    {
        let scene = try await Scene.make()
        try await scene.makePastWeeks(18)
        var retention = Retention()
        retention[.log] = .seconds(100 * 86_400)
        var ids: [Int64] = []
        for weeks in [17, 14, 5, 1] { ids.append(try await scene.firstID(weeksAgo: weeks) + 1) }
        for id in ids { try await scene.addFinished(id) }
        let open = ids[0] + 1
        try await scene.addFinished(
            open, but: "UPDATE deliveries SET state = 'requested', finished_at = NULL WHERE occurrence_id = \(open)")
        let store = try scene.store(as: .scheduler)
        var went: [String] = []
        while case let slice = try await store.forgetSlice(retention), slice.mayBeMore {
            went += slice.filter { $0.staysBecause == nil }.map(\.table)
        }
        #expect(
            try await scene.texts("SELECT occurrence_id::text FROM deliveries ORDER BY 1")
                == [open, ids[2], ids[3]].sorted().map(String.init))
        #expect(try await scene.number("SELECT count(*) FROM popups") == 2, "of the unfinished, and of last week")
        #expect(try await scene.number("SELECT count(*) FROM sag_reminder_logs WHERE kind = 'delivery'") == 4)
        let lastOther = went.lastIndex { !$0.hasPrefix("sag_reminder_logs") } ?? 0
        #expect(went.firstIndex { $0.hasPrefix("sag_reminder_logs") }.map { $0 > lastOther } == true)
        // What was kept goes once it has ended.
        try await scene.run(
            "UPDATE deliveries SET state = 'sent', finished_at = now() WHERE occurrence_id = \(open)")
        while try await store.forgetSlice(retention).mayBeMore {}
        #expect(try await scene.number("SELECT count(*) FROM deliveries WHERE occurrence_id = \(open)") == 0)
    }

    @Test func `while it has to be archived first, or is in use, a week stays and says so`() async throws {
        let scene = try await Scene.make()
        try await scene.makePastWeeks(14)
        try await scene.addFinished(try await scene.firstID(weeksAgo: 14) + 1)
        var retention = Retention()
        retention.isArchivedFirst = true
        let store = try scene.store(as: .scheduler)
        let stays = try await store.forgetSlice(retention)
        #expect(!stays.isEmpty && !stays.mayBeMore)
        #expect(stays.allSatisfy { $0.staysBecause == "it is not archived yet" })
        #expect(try await scene.store.countForgettable(retention) == stays)
        #expect(try await scene.number("SELECT count(*) FROM deliveries") == 1)

        let archived = try await scene.partition(of: "deliveries", weeksAgo: 14)
        _ = try await scene.store.rememberArchive(of: archived, file: "/archive/\(archived).csv", rows: 1)
        #expect(!(try await scene.store.partitionsToArchive(retention).map(\.name).contains(archived)))
        try await scene.pool.withSession { session in
            try await session.execute(script: "BEGIN; SELECT count(*) FROM deliveries")
            let busy = try await store.forgetSlice(retention).first { $0.table == archived }
            #expect(busy?.staysBecause?.contains("uses the table") == true)
            try await session.execute(script: "COMMIT")
        }
        #expect(try await store.forgetSlice(retention).filter { $0.staysBecause == nil }.map(\.table) == [archived])
        #expect(try await scene.number("SELECT count(*) FROM deliveries") == 0)
    }
}
