import Foundation
import RemindersDomain
import RemindersPostgres
import TestSupport
import Testing

@testable import RemindersScheduling
@testable import RemindersStore

extension SchedulerTests {
    @Test func `what one person has due in masses does not delay another's`() async throws {
        // TEST_MASSES=100000 to measure with more.
        let many = ProcessInfo.processInfo.environment["TEST_MASSES"].flatMap(Int.init) ?? 20_000
        try await scene.run(
            """
            ALTER TABLE sag_reminders DISABLE TRIGGER USER;
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, recipients, scheduled_at)
            SELECT '1', 'of many', '{1}', '{1}', now() - interval '1 hour' FROM generate_series(1, \(many));
            INSERT INTO sag_reminder_times (reminder_id, turn_of, next_check_at)
            SELECT id, '1', scheduled_at FROM sag_reminders;
            ALTER TABLE sag_reminders ENABLE TRIGGER USER;
            ANALYZE sag_reminders, sag_reminder_times;
            """)
        try await scheduling(batchSize: 100) {
            try await eventually("a scheduler at work") {
                try await scene.number("SELECT count(*) FROM sag_reminder_queue") > 0
            }
            for round in 1...3 {
                let begin = ContinuousClock.now
                try await scene.run(
                    """
                    INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, scheduled_at)
                    VALUES ('1', 'of another \(round)', '{2}', now())
                    """)
                try await eventually(within: .seconds(20), "the other person's reminder") {
                    try await scene.number(
                        """
                        SELECT count(*) FROM sag_reminder_queue q JOIN sag_reminders r ON r.id = q.reminder_id
                        WHERE r.title = 'of another \(round)'
                        """) == 1
                }
                let waited = ContinuousClock.now - begin
                print("turns: another's reminder beside \(many) of one person was claimed after \(waited)")
                #expect(waited < .seconds(2))
                // It did not come because all else was done.
                #expect(
                    try await scene.number("SELECT count(*) FROM sag_reminder_times WHERE next_check_at <= now()") > 0)
            }
        }
    }
}

/// Planned without a lock: what follows counts only where nothing changed.
@Suite struct FiringIfUnchangedTests {
    private let plan: @Sendable (DueReminder) -> FiringPlan = { FiringPlan(occurrences: [$0.dueAt], next: nil) }

    @Test(
        arguments: [
            "UPDATE sag_reminders SET rrule = 'FREQ=WEEKLY'", "UPDATE sag_reminders SET is_active = false",
            "UPDATE sag_reminders SET deleted_at = now()", "UPDATE sag_reminders SET title = title",
            "UPDATE sag_reminder_times SET next_check_at = next_check_at + interval '1 hour'",
            "UPDATE sag_reminders SET time_zone = 'Asia/Tokyo'", "DELETE FROM sag_reminders",
        ])
    func `what was changed since it was read is left alone`(change: String) async throws {
        let scene = try await Scene.make()
        try await scene.run(
            """
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, scheduled_at, recurrence_type, rrule)
            VALUES ('1', 'changed', '{1}', now() - interval '1 second', 'rrule', 'FREQ=DAILY');
            """)
        let store = try scene.store(as: .scheduler)
        let due = try await store.dueReminders(limit: 10)
        #expect(due.reminders.count == 1)
        try await scene.run(change)
        let before = try await scene.texts("SELECT next_check_at::text FROM sag_reminder_times")
        let planned = due.reminders.map { PlannedReminder($0, plan($0)) }
        let fired = try await store.fireRemindersIfUnchanged(planned, owner: 1, lease: .seconds(60))
        #expect(fired.reminders == 0 && fired.occurrences.isEmpty)
        #expect(
            try await store.setAsideRemindersIfUnchanged(
                due.reminders.map { ReminderToSetAside($0, reason: "test") }
            ).isEmpty)
        #expect(try await scene.texts("SELECT next_check_at::text FROM sag_reminder_times") == before)
        #expect(try await scene.number("SELECT count(*) FROM sag_reminder_queue") == 0)
    }

    @Test func `one that another scheduler holds is skipped, the others are fired`() async throws {
        let scene = try await Scene.make()
        let ids = try await scene.addDueReminders(3, for: ["1"])
        let store = try scene.store(as: .scheduler)
        let planned = try await store.dueReminders(limit: 10).reminders.map { PlannedReminder($0, plan($0)) }
        let fired = try await scene.pool.transaction { transaction in
            _ = try await transaction.query(
                Query("SELECT FROM sag_reminder_times WHERE reminder_id = $1 FOR UPDATE", [.int8(ids[1])]))
            return try await store.fireRemindersIfUnchanged(planned, owner: 1, lease: .seconds(60))
        }
        #expect(Set(fired.occurrences.map(\.reminderID)) == [ids[0], ids[2]])
        #expect(try await store.dueReminders(limit: 10).reminders.map(\.id) == [ids[1]])
    }

    @Test func `the same plans written by many at once fire each reminder once`() async throws {
        let scene = try await Scene.make()
        try await scene.addDueReminders(200, for: ["1"])
        let store = try scene.store(as: .scheduler)
        let planned = try await store.dueReminders(limit: 1_000).reminders.map { PlannedReminder($0, plan($0)) }
        let fired = try await withThrowingTaskGroup(of: [Int64].self) { group in
            for owner in Int32(1)...8 {
                group.addTask {
                    try await store.fireRemindersIfUnchanged(planned, owner: owner, lease: .seconds(60))
                        .occurrences.map(\.reminderID)
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(fired).count == fired.count)
        // What two skipped because of each other is still due.
        let left = try await store.dueReminders(limit: 1_000).count
        #expect(fired.count + left == 200)
        #expect(try await scene.number("SELECT count(*) FROM sag_reminder_queue") == fired.count)
        #expect(try await scene.number("SELECT sum(fired_count)::bigint FROM sag_reminder_times") == fired.count)
    }

    @Test func `SQL takes exdates in three forms that Swift reads, and refuses the rest`() async throws {
        let scene = try await Scene.make()
        let good = [
            "2026-12-24", "2026-12-24T09:00", "2026-12-24 09:00:00", "2026-12-24T09:00:00.5", "2026-12-24T08:00:00Z",
            "2026-12-24T09:00:00+01:00", "2026-12-24T09:00:00.123456-14:59", "2024-02-29", "0001-01-01",
        ]
        let bad = [
            "", "24.12.2026", "2026-12-32", "2026-02-29", "2026-13-01", "0000-01-01", "2026-12-24T24:00",
            "2026-12-24T09:60", "2026-12-24T09:00:60", "2026-12-24T09:00Z", "2026-12-24T09:00:00+15:00",
            "2026-12-24T09:00:00.1234567", "2026-12-24T", " 2026-12-24", "2026-12-24\\n", "20261224", "infinity",
        ]
        for text in good + bad {
            let isTaken = try await scene.text("SELECT are_exdates(ARRAY[$1])::text", [.text(text)]) == "true"
            #expect(isTaken == good.contains(text), "\(text)")
            if isTaken { #expect(Exclusion(text) != nil, "\(text)") }
        }
        #expect(try await scene.text("SELECT are_exdates('{NULL}')::text") == "false")
        for text in good {
            let written = try #require(Exclusion(text)).description
            #expect(
                try await scene.text("SELECT are_exdates(ARRAY[$1])::text", [.text(written)]) == "true", "\(written)")
        }
        let refusal = try await postgresError {
            try await scene.run(
                """
                INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, scheduled_at, recurrence_type, exdates)
                VALUES ('1', 'x', '{1}', now(), 'daily', '{2026-02-30}')
                """)
        }
        #expect(refusal?.constraint == "sag_reminders_exdates_are_times")
    }
}
