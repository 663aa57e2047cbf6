import RemindersDomain
import RemindersPostgres
import TestSupport
import Testing

@testable import RemindersStore

/// The queue, the ledger, the log and the pop-ups in partitions of a week.
@Suite(.timeLimit(.minutes(1))) struct PartitionTests {
    private static let tables = ["deliveries", "popups", "sag_reminder_logs", "sag_reminder_queue"]

    // MARK: Made ahead

    @Test func `this week and the next two are there, with the settings of their table`() async throws {
        let scene = try await Scene.make()
        let weeks = try await scene.texts(
            """
            SELECT parent || ' ' || string_agg(((extract(epoch FROM begins_at - begin_of_week(
                week_of_id(first_id_of_day(now())))) / 604800)::integer)::text, ',' ORDER BY begins_at)
            FROM partitions WHERE begins_at IS NOT NULL GROUP BY parent ORDER BY 1
            """)
        #expect(weeks == PartitionTests.tables.map { "\($0) 0,1,2" })
        #expect(
            try await scene.texts(
                """
                SELECT DISTINCT p.parent || coalesce(' ' || array_to_string(reloptions, ' '), '') FROM partitions p
                JOIN pg_class c ON c.oid = p.partition::regclass ORDER BY 1
                """) == [
                    "deliveries fillfactor=60 autovacuum_vacuum_scale_factor=0.05", "popups", "sag_reminder_logs",
                    "sag_reminder_queue fillfactor=70",
                ])
        // Every index of the table is on each of its partitions.
        #expect(
            try await scene.texts(
                """
                SELECT DISTINCT p.parent || ' ' || (SELECT count(*) FROM pg_index WHERE indrelid = p.parent::regclass
                        AND indisvalid) - (SELECT count(*) FROM pg_index WHERE indrelid = p.partition::regclass)
                FROM partitions p ORDER BY 1
                """) == PartitionTests.tables.map { "\($0) 0" })
    }

    @Test func `any number may make them at once, and again`() async throws {
        let scene = try await Scene.make()
        for table in PartitionTests.tables {
            for week in [-1, -2] {
                try await scene.run("DROP TABLE \(try await scene.partition(of: table, weeksAgo: week))")
            }
        }
        let made = try await withThrowingTaskGroup(of: PartitionsAhead.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    try await scene.store(as: .scheduler).makePartitionsAhead()
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(made.map(\.made).reduce(0, +) == 8)
        #expect(made.allSatisfy { $0.missing == 0 && $0.moved == 0 })
        #expect(try await scene.store.makePartitionsAhead().made == 0)
        #expect(try await scene.store.partitions().count == 4 * 4)
    }

    @Test func `an occurrence whose week is missing is kept, goes its way, and is taken there later`() async throws {
        let scene = try await Scene.make()
        try await scene.addUsers("1")
        for table in PartitionTests.tables {
            try await scene.run("DROP TABLE \(try await scene.partition(of: table, weeksAgo: 0))")
        }
        try await scene.addDueReminders(3, for: ["1"])
        try await scene.decide(try await scene.fireByRule())
        #expect(try await scene.number("SELECT count(*) FROM deliveries_kept WHERE state = 'requested'") == 3)
        #expect(try await scene.number("SELECT count(*) FROM sag_reminder_queue_kept WHERE status = 'sent'") == 3)

        let ahead = try await scene.store(as: .scheduler).makePartitionsAhead()
        #expect(ahead.made == 4 && ahead.moved == 6 && ahead.missing == 0)
        #expect(try await scene.number("SELECT count(*) FROM deliveries_kept") == 0)
        #expect(try await scene.number("SELECT count(*) FROM deliveries WHERE state = 'requested'") == 3)
    }

    @Test func `while somebody reads at length none is made, and nobody waits for it`() async throws {
        let scene = try await Scene.make()
        try await scene.run("DROP TABLE \(try await scene.partition(of: "deliveries", weeksAgo: -2))")
        let ahead = try await scene.pool.transaction { reader in
            _ = try await reader.query(Query("SELECT count(*) FROM deliveries"))
            return try await scene.store(as: .scheduler).makePartitionsAhead()
        }
        #expect(ahead.made == 0 && ahead.missing == 1)
        #expect(ahead.madeUntil > (try await scene.store.now()) + .seconds(7 * 86_400))
        #expect(try await scene.store.makePartitionsAhead().made == 1)
    }

    // MARK: Numbers

    @Test func `an occurrence's number begins with its day, grows, and is exact in JSON`() async throws {
        let scene = try await Scene.make()
        try await scene.addDueReminders(3, for: ["1"])
        try await scene.run("SELECT setval('occurrence_numbers', 9999999996)")
        let first = try await scene.fire().sorted()
        let today = try await scene.number("SELECT first_id_of_day(now())")
        #expect(first.allSatisfy { $0 > today && $0 < today + 10_000_000_000 })
        // When all numbers of a day were given, they begin again: the day still tells those of another apart.
        try await scene.addDueReminders(1, for: ["1"])
        #expect(try await scene.fire() == [today + 1])
        #expect(try await scene.number("SELECT first_id_of_day('9999-12-31')") < 1 << 55)
        #expect(try await scene.number("SELECT first_id_of_day('4000-01-01')") < 1 << 53)
    }

    /// A moment, the days before it since 1970-01-01, and its week.
    private static let moments: [(moment: String, day: Int64, week: Int32)] = [
        ("1970-01-01T00:00:00Z", 0, 0), ("1970-01-04T23:59:59.999999Z", 3, 0), ("1970-01-05T00:00:00Z", 4, 1),
        ("2026-11-29T23:59:59Z", 20_786, 2_969), ("2026-11-30T00:00:00Z", 20_787, 2_970),
    ]

    @Test func `weeks begin on Monday in UTC, wherever the session is`() async throws {
        let scene = try await Scene.make()
        try await scene.pool.withSession { session in
            for zone in ["Pacific/Kiritimati", "Pacific/Pago_Pago"] {
                try await session.execute(script: "SET TimeZone = '\(zone)'")
                for (moment, day, week) in PartitionTests.moments {
                    let row = try await session.query(
                        Query(
                            """
                            SELECT first_id_of_day(at), week_of_id(first_id_of_day(at)),
                                begin_of_week(\(week)) <= at AND begin_of_week(\(week + 1)) > at
                            FROM (SELECT $1::text::timestamptz AS at) moment
                            """, [.text(moment)]))[0]
                    #expect(try row.int64(0) == day * 10_000_000_000)
                    #expect(try row.int32(1) == week)
                    #expect(try row.bool(2))
                }
            }
        }
    }

    // MARK: One record

    @Test func `a second final record is refused by the index, months later and by whomever`() async throws {
        let scene = try await Scene.make()
        try await scene.makePastWeeks(14)
        let id = try await scene.firstID(weeksAgo: 13) - 1  // the last of a week
        try await scene.addFinished(id)
        func again(_ week: String) -> String {
            """
            INSERT INTO sag_reminder_logs (kind, outcome, occurrence_id, reminder_id, user_id, channel, week)
            VALUES ('delivery', 'sent', \(id), 1, '1', 'email', \(week))
            """
        }
        #expect(try await postgresError { try await scene.run(again("week_of_id(\(id))")) }?.sqlState == "23505")
        // Filed under another week it would be in another partition: the row itself is refused.
        for week in ["DEFAULT", "week_of_id(\(id)) + 1", "0"] {
            #expect(try await postgresError { try await scene.run(again(week)) }?.sqlState == "23514")
        }
        #expect(try await scene.number("SELECT count(*) FROM sag_reminder_logs WHERE kind = 'delivery'") == 1)
    }

    @Test func `of two who record one end at once, over a week's end, one does`() async throws {
        let scene = try await Scene.make()
        try await scene.makePastWeeks(2)
        let ids = [try await scene.firstID(weeksAgo: 0) - 1, try await scene.firstID(weeksAgo: 0)]
        for id in ids { try await scene.addFinished(id) }
        try await scene.run("DELETE FROM sag_reminder_logs WHERE kind = 'delivery'")
        let record = """
            INSERT INTO sag_reminder_logs (kind, outcome, occurrence_id, reminder_id, user_id, channel, week)
            SELECT 'delivery', 'sent', id, 1, '1', 'email', week_of_id(id) FROM unnest($1::bigint[]) id
            """
        try await scene.pool.transaction { first in
            _ = try await first.query(Query(record, [.int8Array(ids)]))
            async let second = postgresError { _ = try await scene.pool.query(Query(record, [.int8Array(ids)])) }
            try await scene.waitForBlockedSession()
            try await first.finish()
            #expect(try await second?.sqlState == "23505")
        }
        #expect(try await scene.number("SELECT count(*) FROM sag_reminder_logs WHERE kind = 'delivery'") == 2)
    }

    @Test func `a time that fired in a week before is not fired again, whatever numbers there were then`() async throws
    {
        let scene = try await Scene.make()
        try await scene.makePastWeeks(3)
        let reminders = try await scene.addDueReminders(2, for: ["1"])
        try await scene.run("UPDATE sag_reminder_times SET next_check_at = now() - interval '9 days'")
        let rows = [
            (reminders[0], try await scene.number("SELECT first_id_of_day(now() - interval '9 days') + 7")),
            (reminders[1], 5),
        ]
        for (reminder, id) in rows {
            try await scene.run(
                """
                INSERT INTO sag_reminder_queue (id, reminder_id, trigger_type, due_at, published_at)
                SELECT \(id), reminder_id, 'time_based', next_check_at, now() FROM sag_reminder_times
                WHERE reminder_id = \(reminder)
                """)
        }
        #expect(try await scene.fire().isEmpty)
        #expect(try await scene.number("SELECT count(*) FROM sag_reminder_queue") == 2)
    }
}
