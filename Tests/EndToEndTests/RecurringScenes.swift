import TestSupport
import Testing

extension EndToEnd {
    /// Series.
    @Suite struct Recurring {
        /// The same time of day, begun in winter and in summer: one of them lies beyond a change of the clock. Three
        /// occurrences were missed, the last of them six hours ago.
        private let series = """
            WITH zone AS (SELECT date_trunc('minute', now() AT TIME ZONE 'Europe/Copenhagen') - interval '6 hours' AS missed),
                awake AS (SELECT CASE extract(hour FROM missed) WHEN 2 THEN missed - interval '1 hour' ELSE missed END AS at FROM zone)
            INSERT INTO sag_reminders (sag_id, title, recipient_user_ids, notify_email, notify_frontend,
                override_user_preferences, recurrence_type, time_zone, scheduled_local, planned_for)
            SELECT day, day, ARRAY['1'], true, false, true, 'daily', 'Europe/Copenhagen',
                day::date + at::time, (at - interval '2 days') AT TIME ZONE 'Europe/Copenhagen'
            FROM awake, unnest(ARRAY['2025-01-15', '2025-07-15']) day
            """

        @Test func aDailyReminderKeepsItsTimeOfDayAndMakesUpForTheLatestMissedOne() async throws {
            try await Scene.play { scene in
                try await scene.addUsers(1)
                for name in ["scheduler", "rate-limiter", "email-sender"] { try scene.start(name) }
                try await scene.run(series)
                try await scene.waitUntilAllHaveEnded()

                let onTheClock = try await scene.number(
                    """
                    SELECT count(*) FROM sag_reminders JOIN sag_reminder_times ON reminder_id = id
                    WHERE (next_check_at AT TIME ZONE time_zone)::time = scheduled_local::time
                        AND next_check_at > now() AND next_check_at <= now() + interval '25 hours'
                        AND (next_check_at AT TIME ZONE time_zone)::date = (last_fired_at AT TIME ZONE time_zone)::date + 1
                        AND (last_fired_at AT TIME ZONE time_zone)::time = scheduled_local::time
                        AND fired_count = 1
                    """)
                #expect(onTheClock == 2)
                let skipped = try await scene.texts(
                    "SELECT reason || ' ' || (details ->> 'count') FROM sag_reminder_logs WHERE kind = 'skipped'")
                #expect(skipped == ["catch_up 2", "catch_up 2"])
                #expect(
                    try await scene.texts("SELECT outcome FROM sag_reminder_logs WHERE kind = 'delivery'")
                        == ["sent", "sent"])
                #expect(try await scene.number("SELECT count(*) FROM sag_reminder_queue") == 2)
            }
        }
    }
}
