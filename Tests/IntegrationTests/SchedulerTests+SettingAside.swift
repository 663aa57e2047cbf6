import RemindersDomain
import RemindersPostgres
import TestSupport
import Testing

@testable import RemindersScheduling
@testable import RemindersStore

/// What cannot be read, planned or written, and what takes long, holds up nobody else.
extension SchedulerTests {
    private func insert(_ title: String, _ more: String = "", values: String = "", count: Int = 1) async throws {
        try await scene.run(
            """
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, scheduled_at\(more.isEmpty ? "" : ", \(more)"))
            SELECT '1', '\(title)', '{1}', now() - interval '1 second'\(values.isEmpty ? "" : ", \(values)")
            FROM generate_series(1, \(count))
            """)
    }

    private func setAside() async throws -> [String] {
        try await scene.texts(
            """
            SELECT title || ': ' || set_aside_reason FROM sag_reminders JOIN sag_reminder_times ON reminder_id = id
            WHERE set_aside_at IS NOT NULL AND next_check_at IS NULL AND set_aside_due_at IS NOT NULL ORDER BY id
            """)
    }

    @Test func `a rule that is too much work is set aside with its reason, and goes on when it is changed`()
        async throws
    {
        try await insert(
            "costly", "recurrence_type, rrule", values: "'rrule', 'FREQ=YEARLY;BYDAY=20MO;COUNT=90000'")
        try await insert("garbage", "recurrence_type, rrule", values: "'rrule', 'FREQ=NEVER'")
        try await insert("fine")
        try await scheduling {
            #expect(try await take(1).map(\.title) == ["fine"])
            try await eventually("two that are set aside") { try await setAside().count == 2 }
            let reasons = try await setAside()
            #expect(reasons[0].hasPrefix("costly: rrule: COUNT: finding the last of 90000 takes too long"))
            #expect(reasons[1].hasPrefix("garbage: rrule: FREQ: "))

            try await scene.run("UPDATE sag_reminders SET rrule = 'FREQ=DAILY' WHERE title = 'costly'")
            #expect(try await take(1).map(\.title) == ["costly"])
            try await eventually("one that goes on") {
                try await scene.number(
                    "SELECT count(*) FROM sag_reminders JOIN sag_reminder_times ON reminder_id = id WHERE title = 'costly' AND next_check_at > now() AND set_aside_at IS NULL"
                ) == 1
            }
        }
        #expect(try await setAside().count == 1)
    }

    @Test func `what a newer version wrote is set aside, its batch goes on, and it comes back when it is released`()
        async throws
    {
        try await scene.run(
            """
            ALTER TABLE sag_reminders DROP CONSTRAINT sag_reminders_priority_check,
                DROP CONSTRAINT sag_reminders_catch_up_check;
            """)
        try await insert("fine", count: 20)
        try await insert("newer", "priority", values: "'astral'")
        try await insert("newer still", "catch_up", values: "'dream'")
        try await scheduling {
            #expect(Set(try await take(20).map(\.title)) == ["fine"])
            try await eventually("two that are set aside") { try await setAside().count == 2 }
            #expect(
                try await setAside() == [
                    "newer: column priority holds “astral”, which this version does not know",
                    "newer still: column catch_up holds “dream”, which this version does not know",
                ])
            // As after an upgrade to a version that knows the word.
            let store = scene.store
            let listed = try await store.remindersSetAside(limit: 10)
            #expect(Set(listed.map(\.title)) == ["newer", "newer still"])
            try await scene.run("ALTER TABLE sag_reminders DISABLE TRIGGER USER")
            try await scene.run("UPDATE sag_reminders SET priority = 'high' WHERE title = 'newer'")
            try await scene.run("ALTER TABLE sag_reminders ENABLE TRIGGER USER")
            #expect(try await store.releaseRemindersSetAside(nil) == listed.map(\.id).sorted())
            #expect(try await take(1).map(\.title) == ["newer"])
            try await eventually("the other is set aside again") { try await setAside().count == 1 }
            #expect(try await store.releaseRemindersSetAside([listed[0].id, 999_999]).count <= 1)
        }
    }

    @Test func `an occurrence that cannot be read rests with its reason, and the others are published`() async throws {
        try await scene.run("ALTER TABLE sag_reminder_queue DROP CONSTRAINT sag_reminder_queue_trigger_type_check")
        try await insert("newer", "is_active", values: "false")
        try await insert("fine", "is_active", values: "false")
        try await scene.run(
            """
            INSERT INTO sag_reminder_queue (reminder_id, trigger_type, due_at)
            SELECT id, CASE title WHEN 'newer' THEN 'full_moon' ELSE 'time_based' END, now() FROM sag_reminders
            """)
        try await scheduling {
            #expect(try await take(1).map(\.title) == ["fine"])
            try await eventually("one that rests") {
                try await scene.number(
                    """
                    SELECT count(*) FROM sag_reminder_queue
                    WHERE reason LIKE '%trigger_type holds “full_moon”%' AND owner IS NULL AND published_at IS NULL
                        AND available_at > now() + interval '9 minutes'
                    """) == 1
            }
        }
    }

    @Test func `what the database refuses twice is set aside, and the batch it was in is fired`() async throws {
        try await insert("fine", count: 30)
        try await insert("cursed")
        try await insert("fine", count: 30)
        try await scene.run(
            """
            CREATE FUNCTION curse() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF (SELECT title FROM sag_reminders WHERE id = NEW.reminder_id) = 'cursed' THEN
                    RAISE EXCEPTION 'not this one' USING ERRCODE = 'check_violation';
                END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER curse BEFORE INSERT ON sag_reminder_queue FOR EACH ROW EXECUTE FUNCTION curse();
            """)
        try await scheduling {
            #expect(Set(try await take(60).map(\.title)) == ["fine"])
            try await eventually("one that is set aside") {
                try await setAside().first?.hasPrefix("cursed: it could not be fired twice: ") == true
            }
        }
        #expect(try await scene.number("SELECT count(*) FROM sag_reminder_queue") == 60)
    }

    @Test func `200 costly rules of one person are accepted work, and hold up nobody`() async throws {
        let hundred = ["MO", "TU"].flatMap { day in (1...50).map { "\($0)\(day)" } }.joined(separator: ",")
        try await insert(
            "costly", "recurrence_type, rrule, scheduled_local, catch_up",
            values: "'rrule', 'FREQ=YEARLY;BYDAY=\(hundred);BYSETPOS=7,-1;COUNT=400', '1990-01-01T09:00', 'latest'",
            count: 200)
        try await scene.run("UPDATE sag_reminder_times SET next_check_at = now() - interval '1 hour'")
        let begin = ContinuousClock.now
        try await scheduling(batchSize: 500) {
            try await scene.run(
                """
                INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, scheduled_at)
                VALUES ('1', 'of another', '{2}', now())
                """)
            try await eventually(within: .seconds(20), "the other person's reminder") {
                try await scene.number(
                    """
                    SELECT count(*) FROM sag_reminder_queue q JOIN sag_reminders r ON r.id = q.reminder_id
                    WHERE r.title = 'of another'
                    """) == 1
            }
            // Without optimisation, on a busy machine: a second or two.
            #expect(ContinuousClock.now - begin < .seconds(10))
            try await eventually(within: .seconds(40), "all of them moved on") {
                try await scene.number(
                    "SELECT count(*) FROM sag_reminders JOIN sag_reminder_times ON reminder_id = id WHERE title = 'costly' AND next_check_at > now()"
                ) == 200
            }
        }
    }
}
