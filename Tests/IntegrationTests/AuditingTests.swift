import Foundation
import RemindersDomain
import TestSupport
import Testing

@testable import RemindersScheduling
@testable import RemindersStore

/// What the auditor finds, and what it leaves alone. Patience is a minute.
@Suite(.timeLimit(.minutes(1))) struct AuditingTests {
    private func audit(_ scene: Scene) async throws -> [AuditFinding] {
        try await Auditor(store: try scene.store(as: .scheduler), patience: .seconds(60)).audit()
    }

    private func found(_ scene: Scene) async throws -> [AuditFinding.Kind: [String]] {
        Dictionary(grouping: try await audit(scene), by: \.kind).mapValues { $0.flatMap(\.examples).sorted() }
    }

    @Test func `the function's file is what the code generates`() throws {
        let file = Repository.root.appendingPathComponent("migrations/functions/audit_findings.sql")
        if ProcessInfo.processInfo.environment["REMINDERS_WRITE_GENERATED"] != nil {
            try SQL.auditFunction.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == SQL.auditFunction)
    }

    // MARK: - Occurrences

    @Test func `occurrences that no step takes up are found with the step they wait for`() async throws {
        let scene = try await Scene.make()
        try await scene.addUsers("1")
        let ids = try await scene.addDueReminders(2, for: ["1"])
        #expect(try await audit(scene).isEmpty, "just due")
        try await scene.run(
            """
            UPDATE sag_reminder_times SET next_check_at = now() - interval '2 minutes' WHERE reminder_id = \(ids[0]);
            INSERT INTO sag_reminder_queue (reminder_id, trigger_type, due_at, created_at, available_at, status, published_at,
                processed_at, only_recipient)
            SELECT n, 'time_based', now() - due * interval '1 second', now() - made * interval '1 second',
                now() + interval '1 second' * available, 'processing', now() - published * interval '1 second',
                CASE WHEN processed THEN now() END, '1'
            FROM (VALUES (11, 90, 90, -90, NULL, false), (12, 3600, 30, -30, NULL, false), (13, 90, 90, 600, NULL, false),
                         (14, -600, 90, 600, NULL, false), (21, 90, 90, 0, 80, false), (22, 3600, 30, 0, 20, false),
                         (23, 90, 90, 0, 80, true), (24, 90, 90, 0, 80, false))
                AS row (n, due, made, available, published, processed);
            INSERT INTO dead_letters (queue, reason, message_id, body)
            SELECT 'rate-limiter.due', 'unreadable', id::text, '' FROM sag_reminder_queue WHERE reminder_id = 24
            """)
        let numbers = try await scene.numbers("SELECT id FROM sag_reminder_queue ORDER BY reminder_id").map(String.init)
        // 12 and 22 were made late, 14 is to come, 23 is decided, 24 is a dead letter; 13 could not be read and rests.
        #expect(
            try await found(scene) == [
                .notClaimed: ["\(ids[0])"], .notPublished: [numbers[0], numbers[2]].sorted(), .notDecided: [numbers[4]],
            ])
    }

    // MARK: - Deliveries

    /// A delivery in the ledger, its times in seconds ago.
    private func add(
        _ number: Int, _ scene: Scene, channel: String = "email", state: String = "requested", requested: Int = 300,
        lease: Int? = nil, owner: Int? = nil, release: String = "NULL", carrier: Int? = nil, finished: Bool = false
    ) async throws -> String {
        func ago(_ seconds: Int?) -> String { seconds.map { "now() - interval '\($0) seconds'" } ?? "NULL" }
        return try await scene.text(
            """
            INSERT INTO deliveries (occurrence_id, recipient, channel, id, reminder_id, state, due_at, requested_at, lease_until,
                owner, attempts, release_at, finished_at, carrier_occurrence_id)
            SELECT \(number), '1', '\(channel)', gen_random_uuid(), 1, '\(state)', now(), \(ago(requested)), \(ago(lease)),
                \(owner.map(String.init) ?? "NULL"), 1, \(release), \(finished ? "now()" : "NULL"),
                \(carrier.map(String.init) ?? "NULL")
            RETURNING id::text
            """) ?? ""
    }

    private func comeThrough(requested: Int, _ scene: Scene) async throws {
        _ = try await add(1_000, scene, state: "sent", requested: requested, finished: true)
        try await scene.run(
            """
            INSERT INTO sag_reminder_logs (kind, outcome, occurrence_id, week, reminder_id, user_id, channel, due_at)
            VALUES ('delivery', 'sent', 1000, week_of_id(1000), 1, '1', 'email', now())
            """)
    }

    @Test func `what waits rightly is no finding`() async throws {
        let scene = try await Scene.make()
        try await scene.pool.withSession { session in
            _ = try await session.query(SQL.tryInstanceLock(7))
            _ = try await add(1, scene, state: "held", release: "now() + interval '1 hour'")
            _ = try await add(2, scene, state: "held", release: "'infinity'")
            _ = try await add(3, scene, lease: -600)  // in a retry queue
            _ = try await add(4, scene, state: "sending", lease: -100, owner: 7)
            _ = try await add(5, scene, requested: 30)
            _ = try await add(6, scene, state: "sent", finished: true)
            _ = try await add(7, scene, lease: -600, carrier: 7)  // a digest in a retry queue, and what it carries
            _ = try await add(8, scene, carrier: 7)
            _ = try await add(9, scene, channel: "mattermost")
            let letter = try await add(10, scene)
            try await scene.run(
                """
                INSERT INTO channel_pauses (channel, instance, reason) VALUES ('mattermost', 7, 'login refused');
                INSERT INTO dead_letters (queue, reason, message_id, body)
                VALUES ('email-sender.deliveries', 'unreadable', '\(letter)', '')
                """)
            #expect(try await audit(scene).isEmpty)
        }
    }

    @Test func `what nobody gets on with is found, and whether its message is gone`() async throws {
        let scene = try await Scene.make()
        let late = try await add(1, scene, state: "held", release: "now() - interval '2 minutes'")
        let old = try await add(2, scene, requested: 300)
        let dead = try await add(3, scene, state: "sending", requested: 90, lease: -100, owner: 8)
        let post = try await add(4, scene, channel: "a-channel-that-was")
        #expect(try await found(scene) == [.notReleased: [late], .notSent: [old, dead, post].sorted()])
        #expect(
            Set(try await audit(scene).map { $0.channel?.rawValue }) == ["email", "a-channel-that-was"])

        try await comeThrough(requested: 100, scene)
        #expect(
            try await found(scene) == [.notReleased: [late], .forgotten: [old], .notSent: [dead, post].sorted()],
            "a message that was handed over long after it has come through")
    }

    @Test func `what was to leave with another that has ended is found`() async throws {
        let scene = try await Scene.make()
        _ = try await add(1, scene, state: "sent", carrier: 1, finished: true)
        let part = try await add(2, scene, carrier: 1)
        #expect(try await found(scene) == [.forgotten: [part]])
    }

    @Test func `a channel that a dead sender paused is looked at`() async throws {
        let scene = try await Scene.make()
        let waiting = try await add(1, scene)
        try await scene.run(
            "INSERT INTO channel_pauses (channel, instance, reason) VALUES ('email', 8, 'login refused')")
        #expect(try await found(scene) == [.notSent: [waiting]])
    }

    @Test func `no more is counted than was asked for`() async throws {
        let scene = try await Scene.make()
        for number in 1...4 { _ = try await add(number, scene) }
        let finding = try #require(try await scene.store.audit(patience: .seconds(60), countingUpTo: 3).first)
        #expect(finding.count == 3 && finding.areMore)
    }

    // MARK: - Reminders

    /// What a reminder has in its columns, what became of its times, and whether it ought to be due.
    struct Rule: CustomTestStringConvertible {
        let columns: String
        let values: String
        var change: String?
        let isMissed: Bool

        var testDescription: String { "\(columns) \(values) \(change ?? "")" }
    }

    static let lost = "UPDATE sag_reminder_times SET next_check_at = NULL"
    static let rules = [
        Rule(columns: "scheduled_at", values: "now() + interval '1 day'", isMissed: false),
        Rule(columns: "scheduled_at", values: "now() + interval '1 day'", change: lost, isMissed: true),
        Rule(columns: "scheduled_at", values: "now() - interval '1 day'", change: lost, isMissed: true),
        Rule(
            columns: "scheduled_at", values: "now() - interval '1 day'",
            change: lost + ", fired_count = 1, last_fired_at = now() - interval '1 day'", isMissed: false),
        Rule(
            columns: "scheduled_at, catch_up", values: "now() - interval '1 day', 'skip'", change: lost, isMissed: false
        ),
        Rule(
            columns: "scheduled_at", values: "now() + interval '1 day'",
            change: lost + ", fired_count = 1, last_fired_at = clock_timestamp()", isMissed: false),
        Rule(
            columns: "scheduled_at", values: "now() + interval '1 day'",
            change: lost + ", set_aside_at = now(), set_aside_reason = 'x', set_aside_due_at = now()", isMissed: false),
        Rule(columns: "scheduled_at, is_active", values: "now() + interval '1 day', false", isMissed: false),
        Rule(columns: "scheduled_at, deleted_at", values: "now() + interval '1 day', now()", isMissed: false),
        Rule(columns: "trigger_type", values: "'status_change'", isMissed: false),
        Rule(
            columns: "trigger_type", values: "'status_change'", change: "DELETE FROM sag_reminder_times", isMissed: true
        ),
        Rule(
            columns: "scheduled_at", values: "now() + interval '1 day'", change: "DELETE FROM sag_reminder_times",
            isMissed: true),
        Rule(
            columns: "scheduled_at, recurrence_type", values: "now() - interval '9 days', 'daily'", change: lost,
            isMissed: true),
        Rule(
            columns: "scheduled_at, recurrence_type", values: "'2026-01-01T09:00:00Z', 'daily'",
            change: lost + ", fired_count = 2, last_fired_at = '2026-02-01T09:00:00Z'", isMissed: true),
        Rule(
            columns: "scheduled_at, recurrence_type", values: "'2026-01-01T09:00:00Z', 'daily'",
            change: lost + ", fired_count = 2, last_fired_at = clock_timestamp()", isMissed: false),
        Rule(
            columns: "scheduled_at, recurrence_type, rrule",
            values: "now() - interval '9 days', 'rrule', 'FREQ=DAILY;COUNT=3'",
            change: lost, isMissed: false),
        Rule(
            columns: "scheduled_at, recurrence_type, rrule",
            values: "now() - interval '9 days', 'rrule', 'FREQ=DAILY;COUNT=30'",
            change: lost, isMissed: true),
        Rule(
            columns: "scheduled_at, recurrence_type, rrule",
            values: "now() - interval '9 days', 'rrule', 'FREQ=DAILY;UNTIL=20200101T000000Z'", change: lost,
            isMissed: false),
        Rule(
            columns: "scheduled_at, recurrence_type, rrule",
            values: "now() - interval '9 days', 'rrule', 'FREQ=DAILY;UNTIL=99980101T000000Z'", change: lost,
            isMissed: true),
        Rule(columns: "sag_id, trigger_type", values: "'open', 'deadline_approaching'", isMissed: false),
        Rule(columns: "sag_id, trigger_type", values: "'open', 'deadline_approaching'", change: lost, isMissed: true),
        Rule(
            columns: "sag_id, trigger_type", values: "'closed', 'deadline_approaching'", change: lost, isMissed: false),
        Rule(columns: "sag_id, trigger_type", values: "'over', 'deadline_approaching'", change: lost, isMissed: false),
        Rule(columns: "sag_id, trigger_type", values: "'unheard of', 'deadline_approaching'", isMissed: false),
    ]

    @Test(arguments: rules)
    func `a reminder that ought to be due some time and is due never is found`(rule: Rule) async throws {
        let scene = try await Scene.make()
        try await scene.run(
            """
            INSERT INTO cases (entity_type, id, deadline, closed_at) VALUES
                ('case', 'open', now() + interval '5 days', NULL), ('case', 'closed', now() + interval '5 days', now()),
                ('case', 'over', now() - interval '5 days', NULL)
            """)
        let sag = rule.columns.contains("sag_id") ? ("", "") : ("sag_id, ", "'1', ")
        try await scene.run(
            """
            INSERT INTO sag_reminders (\(sag.0)title, recipient_user_ids, \(rule.columns))
            VALUES (\(sag.1)'x', '{1}', \(rule.values))
            """)
        if let change = rule.change { try await scene.run(change) }
        let findings = try await found(scene)[.noNextTime]
        #expect(findings == (rule.isMissed ? ["1"] : nil))
    }

    @Test func `a deadline that was told of is no finding, and one that came nearer is`() async throws {
        let scene = try await Scene.make()
        try await scene.run(
            """
            INSERT INTO cases (entity_type, id, deadline) VALUES ('case', '1', now() + interval '1 hour');
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, trigger_type)
            VALUES ('1', 'x', '{1}', 'deadline_approaching')
            """)
        try await scene.fireByRule()
        #expect(try await scene.number("SELECT count(*) FROM sag_reminder_times WHERE next_check_at IS NULL") == 1)
        #expect(try await found(scene)[.noNextTime] == nil)
    }

    @Test func `all reminders are walked through, a slice at a time`() async throws {
        let scene = try await Scene.make()
        try await scene.run(
            """
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, scheduled_at)
            SELECT '1', 'x', '{1}', now() + interval '1 day' FROM generate_series(1, 25);
            UPDATE sag_reminder_times SET next_check_at = NULL WHERE reminder_id IN (3, 25)
            """)
        var (found, last): ([Int64], Int64) = ([], 0)
        var rounds = 0
        while let slice = try await Optional(scene.store.remindersWithoutNextTime(behind: last, limit: 10)),
            let end = slice.last
        {
            found += slice.found.map(\.id)
            last = end
            rounds += 1
        }
        #expect(found == [3, 25] && rounds == 3)
    }
}
