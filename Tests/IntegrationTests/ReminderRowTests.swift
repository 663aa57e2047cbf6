import RemindersDomain
import RemindersPostgres
import Testing

@testable import RemindersStore

/// What the triggers and constraints of `sag_reminders` do with rows that plain SQL writes.
@Suite struct ReminderRowTests {
    @Test func `a title, a time and a recipient are enough`() async throws {
        let scene = try await Scene.make()
        try await scene.run(
            """
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, recipient_emails, scheduled_at, time_zone)
            VALUES ('1', 'x', '{2,1,2}', '{Bo@Example.com,bo@example.com}', '2026-07-01T07:00:00Z', 'Europe/Copenhagen')
            """)
        #expect(
            try await scene.text(
                "SELECT concat_ws('|', next_check_at AT TIME ZONE 'UTC', scheduled_local, recipients) FROM sag_reminders JOIN sag_reminder_times ON reminder_id = id"
            )
                == "2026-07-01 07:00:00|2026-07-01 09:00:00|{1,2,mailto:bo@example.com}")
    }

    @Test func `a local time is enough too`() async throws {
        let scene = try await Scene.make()
        try await scene.run(
            """
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, scheduled_local, time_zone)
            VALUES ('1', 'x', '{1}', '2026-01-10T09:00', 'Europe/Copenhagen')
            """)
        #expect(
            try await scene.text("SELECT (next_check_at AT TIME ZONE 'UTC')::text FROM sag_reminder_times")
                == "2026-01-10 08:00:00")
    }

    @Test func `a new time, a new zone and new recipients are followed`() async throws {
        let scene = try await Scene.make()
        try await scene.run(
            """
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, scheduled_at, time_zone)
            VALUES ('1', 'x', '{1}', '2026-01-10T09:00:00Z', 'UTC')
            """)
        let state =
            "SELECT concat_ws('|', next_check_at AT TIME ZONE 'UTC', scheduled_local, recipients) FROM sag_reminders JOIN sag_reminder_times ON reminder_id = id"
        try await scene.run("UPDATE sag_reminders SET scheduled_at = '2026-01-11T09:00:00Z'")
        #expect(try await scene.text(state) == "2026-01-11 09:00:00|2026-01-11 09:00:00|{1}")
        try await scene.run("UPDATE sag_reminders SET time_zone = 'Europe/Copenhagen'")
        #expect(try await scene.text(state) == "2026-01-11 08:00:00|2026-01-11 09:00:00|{1}")
        try await scene.run("UPDATE sag_reminders SET recipient_user_ids = '{3,2}'")
        #expect(try await scene.text(state) == "2026-01-11 08:00:00|2026-01-11 09:00:00|{2,3}")
        try await scene.run("UPDATE sag_reminders SET is_active = false")
        #expect(try await scene.text("SELECT next_check_at::text FROM sag_reminder_times") == nil)
    }

    @Test func `the scheduler moving a reminder on changes nothing else`() async throws {
        let scene = try await Scene.make()
        try await scene.run(
            """
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, scheduled_at, planned_for, recurrence_type)
            VALUES ('1', 'x', '{1}', '2026-01-10T09:00:00Z', '2026-01-10T09:00:00Z', 'daily')
            """)
        let rest =
            "SELECT (to_jsonb(r) - '{next_check_at,last_fired_at,fired_count}'::text[])::text FROM sag_reminder_times r"
        let before = try await scene.text(rest)
        _ = try await scene.store.fireDueReminders(limit: 10, owner: 1, lease: .seconds(60)) {
            FiringPlan(occurrences: [$0.dueAt], next: $0.dueAt + .seconds(86_400))
        }
        #expect(try await scene.text(rest) == before)
        #expect(
            try await scene.text(
                "SELECT concat_ws('|', next_check_at AT TIME ZONE 'UTC', last_fired_at AT TIME ZONE 'UTC', fired_count) FROM sag_reminder_times"
            )
                == "2026-01-11 09:00:00|2026-01-10 09:00:00|1")
    }

    @Test(arguments: [
        ("recipient_user_ids", "'{}'", "sag_reminders_have_a_recipient"),
        ("time_zone", "'Mars/Olympus'", "sag_reminders_time_zone_is_known"),
        ("time_zone", "'+03:00'", "sag_reminders_time_zone_is_known"),
        ("rrule", "'FREQ=DAILY'", "sag_reminders_rrule_goes_with_its_type"),
        ("scheduled_at", "NULL", "sag_reminders_time_based_have_a_time"),
        ("priority", "'huge'", "sag_reminders_priority_check"),
        ("entity_type", "'invoice'", "sag_reminders_entity_type_check"),
        ("title", "''", "sag_reminders_title_check"),
        ("catch_up", "'maybe'", "sag_reminders_catch_up_check"),
        ("maximum_lateness", "interval '-1 hour'", "sag_reminders_maximum_lateness_check"),
    ])
    func `what makes no sense is refused with its name`(column: String, value: String, constraint: String) async throws
    {
        let scene = try await ReminderRowTests.shared.value
        var values = ["sag_id": "'1'", "title": "'x'", "recipient_user_ids": "'{1}'", "scheduled_at": "now()"]
        values[column] = value
        let pairs = values.sorted { $0.key < $1.key }
        let insert =
            "INSERT INTO sag_reminders (\(pairs.map(\.key).joined(separator: ", "))) VALUES (\(pairs.map(\.value).joined(separator: ", ")))"
        let error = try await postgresError { try await scene.run(insert) }
        #expect(error?.sqlState == "23514")
        #expect(error?.constraint == constraint)
        #expect(error?.table == "sag_reminders")
    }

    @Test(arguments: [
        ("deadline_approaching", #"{"days_before": 0}"#, "sag_reminders_trigger_config_is_a_lead_time"),
        ("deadline_approaching", #"{"days_before": "1"}"#, "sag_reminders_trigger_config_is_a_lead_time"),
        ("deadline_approaching", #"{"target_status": "x"}"#, "sag_reminders_trigger_config_is_a_lead_time"),
        ("status_change", #"{"target_status": 1}"#, "sag_reminders_trigger_config_is_a_status_condition"),
        ("status_change", #"{"targt_status": "x"}"#, "sag_reminders_trigger_config_is_a_status_condition"),
        ("status_change", #"[]"#, "sag_reminders_trigger_config_check"),
        ("deadline_approaching", #"3"#, "sag_reminders_trigger_config_check"),
    ])
    func `what sets a reminder off has to make sense`(trigger: String, config: String, constraint: String) async throws
    {
        let scene = try await ReminderRowTests.shared.value
        try await scene.run(
            "INSERT INTO cases (entity_type, id, deadline) VALUES ('case', '1', now() + '1 day') ON CONFLICT DO NOTHING"
        )
        let error = try await postgresError {
            try await scene.run(
                """
                INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, trigger_type, trigger_config)
                VALUES ('1', 'x', '{1}', '\(trigger)', '\(config)')
                """)
        }
        #expect(error?.sqlState == "23514")
        #expect(error?.constraint == constraint)
    }

    @Test(arguments: [
        ("INSERT INTO users (id, time_zone) VALUES ('1', 'Nowhere')", "users_time_zone_is_known"),
        ("INSERT INTO users (id, locale) VALUES ('1', 'Danish!')", "users_locale_check"),
        ("INSERT INTO users (id, email) VALUES ('1', E'a@b.dk\\r\\nBcc: c@d.dk')", "users_email_check"),
        ("INSERT INTO users (id, mattermost_username) VALUES ('1', '@ada')", "users_mattermost_username_check"),
        ("INSERT INTO users (id) VALUES ('')", "users_id_check"),
        ("INSERT INTO cases (entity_type, id, url) VALUES ('case', '1', 'javascript:x')", "cases_url_check"),
        ("INSERT INTO cases (entity_type, id) VALUES ('invoice', '1')", "cases_entity_type_check"),
    ])
    func `people and cases that make no sense are refused with the name`(insert: String, constraint: String)
        async throws
    {
        let scene = try await ReminderRowTests.shared.value
        let error = try await postgresError { try await scene.run(insert) }
        #expect(error?.sqlState == "23514")
        #expect(error?.constraint == constraint)
    }

    /// Nothing but a case is written into it: all these statements are refused.
    private static let shared = Task { try await Scene.make() }
}
