import RemindersDomain
import RemindersPostgres
import Testing

@testable import RemindersStore

/// Changes of a series by plain SQL: they plan it anew, and set off no flood.
@Suite(.serialized, .timeLimit(.minutes(1))) struct ReplanningTests {
    /// A daily reminder since two months ago, whose next time is an hour ahead, in Copenhagen.
    private func scene(_ rest: (columns: String, values: String) = ("", "")) async throws -> Scene {
        let scene = try await Scene.make()
        try await scene.run(
            """
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, time_zone, scheduled_local, planned_for,
                recurrence_type\(rest.columns))
            SELECT '1', 'x', '{1}', 'Europe/Copenhagen', ahead - interval '60 days',
                instant_of_local(ahead, 'Europe/Copenhagen'), 'daily'\(rest.values)
            FROM (SELECT date_trunc('minute', now() AT TIME ZONE 'Europe/Copenhagen') + interval '1 hour') hour (ahead)
            """)
        return scene
    }

    private func next(_ scene: Scene) async throws -> String {
        try await scene.text(
            """
            SELECT CASE WHEN next_check_at IS NULL THEN 'NULL' WHEN next_check_at <= now() THEN 'due'
                ELSE to_char(next_check_at AT TIME ZONE time_zone - scheduled_local::time, 'HH24:MI') || CASE
                    WHEN next_check_at < now() + interval '1 day' THEN '' ELSE ' later' END END
            FROM sag_reminders JOIN sag_reminder_times ON reminder_id = id
            """) ?? ""
    }

    @Test(arguments: [
        "time_zone = 'Asia/Tokyo'", "exdates = '{2020-01-01T00:00}'", "month_end = 'omit'",
        "scheduled_local = scheduled_local - interval '10 minutes'",
        "scheduled_at = scheduled_at + interval '10 minutes'",
        "recurrence_type = 'rrule', rrule = 'FREQ=DAILY'",
        "is_active = false; UPDATE sag_reminders SET is_active = true",
        "deleted_at = now(); UPDATE sag_reminders SET deleted_at = NULL",
    ])
    func `a changed series fires nothing of the past, and comes at its next time`(change: String) async throws {
        let scene = try await scene()
        try await scene.run("UPDATE sag_reminders SET \(change)")
        #expect(try await scene.fireByRule().isEmpty)
        // The anchor's time of day, and within the coming day.
        #expect(try await next(scene) == "00:00")
        #expect(try await scene.number("SELECT count(*) FROM sag_reminder_logs") == 0)
    }

    @Test func `many at once are no flood`() async throws {
        let scene = try await Scene.make()
        try await scene.run(
            """
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, scheduled_at, recurrence_type, rrule, catch_up)
            SELECT '1', 'x', '{1}', now() - n * interval '1 day' + interval '1 hour', type,
                CASE type WHEN 'rrule' THEN 'FREQ=DAILY;INTERVAL=3' END, catch_up
            FROM generate_series(10, 60) n, unnest('{daily,weekly,monthly,rrule}'::text[]) type,
                unnest('{latest,all,skip}'::text[]) catch_up
            """)
        #expect(try await scene.fireByRule().isEmpty)
        try await scene.run("UPDATE sag_reminders SET time_zone = 'Europe/Copenhagen'")
        #expect(try await scene.fireByRule().isEmpty)
        #expect(
            try await scene.number("SELECT count(*) FROM sag_reminder_times WHERE next_check_at > now()") == 51 * 4 * 3)
        #expect(try await scene.number("SELECT count(*) FROM sag_reminder_logs") == 0)
    }

    @Test func `what was due and not looked at is made up for by the new rule, and not forgotten`() async throws {
        let scene = try await scene()
        try await scene.run("UPDATE sag_reminder_times SET next_check_at = next_check_at - interval '3 days'")
        try await scene.run("UPDATE sag_reminders SET exdates = '{2020-01-01T00:00}', catch_up = 'all'")
        #expect(try await scene.fireByRule().count == 3)
        #expect(try await next(scene) == "00:00")
    }

    @Test func `who plans it in the same change is believed`() async throws {
        let scene = try await scene()
        try await scene.run(
            "UPDATE sag_reminders SET rrule = 'FREQ=DAILY', recurrence_type = 'rrule', planned_for = now() + interval '90 minutes'"
        )
        #expect(
            try await scene.text(
                "SELECT (next_check_at = updated_at + interval '90 minutes')::text FROM sag_reminders JOIN sag_reminder_times ON reminder_id = id"
            )
                == "true")
    }

    @Test func `a change that is none to the series leaves it`() async throws {
        let scene = try await scene()
        let before = try await scene.text("SELECT next_check_at::text FROM sag_reminder_times")
        try await scene.run(
            "UPDATE sag_reminders SET title = 'y', priority = 'high', recipient_user_ids = '{2}', time_zone = time_zone"
        )
        #expect(try await scene.text("SELECT next_check_at::text FROM sag_reminder_times") == before)
    }

    @Test func `a new series with an old anchor begins with its next time`() async throws {
        let scene = try await Scene.make()
        try await scene.run(
            """
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, scheduled_at, recurrence_type)
            VALUES ('1', 'x', '{1}', now() - interval '47 hours', 'daily')
            """)
        #expect(try await scene.fireByRule().isEmpty)
        #expect(try await next(scene) == "00:00")
        // One that began a moment ago begins now.
        try await scene.run(
            """
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, scheduled_at, recurrence_type)
            VALUES ('1', 'x', '{1}', now() - interval '1 second', 'daily')
            """)
        #expect(try await scene.fireByRule().count == 1)
    }

    @Test func `what has fired once stays over, unless its new time is to come`() async throws {
        let scene = try await Scene.make()
        try await scene.addDueReminders(2, for: ["1"])
        #expect(try await scene.fireByRule().count == 2)
        for change in [
            "time_zone = 'Asia/Tokyo'", "scheduled_at = now() - interval '1 day'", "is_active = false",
            "is_active = true",
        ] { try await scene.run("UPDATE sag_reminders SET \(change)") }
        #expect(try await scene.number("SELECT count(*) FROM sag_reminder_times WHERE next_check_at IS NULL") == 2)
        try await scene.run("UPDATE sag_reminders SET scheduled_at = now() + interval '1 hour' WHERE id = 1")
        #expect(try await scene.number("SELECT count(*) FROM sag_reminder_times WHERE next_check_at > now()") == 1)
    }

    @Test func `one that waits moves with its time, switched off and on again too`() async throws {
        let scene = try await Scene.make()
        try await scene.run(
            """
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, scheduled_at)
            VALUES ('1', 'x', '{1}', now() + interval '2 hours')
            """)
        try await scene.run("UPDATE sag_reminders SET is_active = false")
        try await scene.run("UPDATE sag_reminders SET is_active = true")
        #expect(
            try await scene.text(
                "SELECT (next_check_at = scheduled_at)::text FROM sag_reminders JOIN sag_reminder_times ON reminder_id = id"
            ) == "true")
        // Into the past: it is due.
        try await scene.run("UPDATE sag_reminders SET scheduled_at = now() - interval '1 minute'")
        #expect(try await scene.fireByRule().count == 1)
    }

    @Test func `a series made a single one does not fire its anchor`() async throws {
        let scene = try await scene()
        try await scene.run("UPDATE sag_reminders SET recurrence_type = 'once'")
        #expect(try await next(scene) == "NULL")
    }

    @Test func `a timed reminder that waits for a status instead is not due`() async throws {
        let scene = try await scene()
        try await scene.run("UPDATE sag_reminders SET trigger_type = 'status_change', recurrence_type = 'once'")
        #expect(try await next(scene) == "NULL")
    }

    @Test(arguments: [
        ("rrule = 'FREQ=DAILY;COUNT=4'", 3), ("rrule = 'FREQ=DAILY;UNTIL=20260304'", 3), ("rrule = NULL", 9),
    ])
    func `COUNT, UNTIL and what is excepted end a series for good`(rule: String, occurrences: Int) async throws {
        let scene = try await Scene.make()
        // The second day is left out; everything lies in the past, and all of it is made up for.
        try await scene.run(
            """
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, scheduled_local, planned_for, recurrence_type,
                rrule, exdates, catch_up)
            VALUES ('1', 'x', '{1}', '2026-03-01T09:00', '2026-03-01T09:00Z', 'rrule', 'FREQ=DAILY;COUNT=10',
                '{2026-03-02T09:00}', 'all');
            UPDATE sag_reminders SET \(rule == "rrule = NULL" ? "title = 'y'" : rule), planned_for = '2026-03-01T09:00Z';
            UPDATE sag_reminder_times SET replanned_at = '2026-03-01T09:00:00.000001Z'
            """)
        #expect(try await scene.fireByRule().count == occurrences)
        #expect(try await next(scene) == "NULL")
        #expect(
            try await scene.number("SELECT count(*) FROM sag_reminder_queue WHERE due_at = '2026-03-02T09:00Z'") == 0)
    }

    @Test func `a doubled local time means its first, in plain SQL too`() async throws {
        let scene = try await Scene.make()
        try await scene.run(
            """
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, scheduled_local, time_zone)
            VALUES ('1', 'x', '{1}', '2030-10-27T02:30', 'Europe/Copenhagen'),
                ('1', 'x', '{1}', '2030-03-31T02:30', 'Europe/Copenhagen')
            """)
        #expect(
            try await scene.texts(
                "SELECT (next_check_at AT TIME ZONE 'UTC')::text FROM sag_reminder_times ORDER BY reminder_id")
                == ["2030-10-27 00:30:00", "2030-03-31 01:30:00"])
    }
}
