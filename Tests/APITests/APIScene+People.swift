import RemindersContracts
import RemindersDomain
import RemindersPostgres
import TestSupport
import Testing

extension APIScene {
    /// Creates a daily reminder of case 123 that fires next on 1 July 2031.
    ///
    /// - Returns: its id.
    func remind(_ recipients: [String], by creator: String = "9", _ more: String = "") async throws -> Int64 {
        let ids = recipients.map { "\"\($0)\"" }.joined(separator: ",")
        let made = try await user(creator).post(
            "/api/v1/sag/123/reminders",
            """
            {"title":"Call back","recipient_user_ids":[\(ids)],"scheduled_at":"2031-07-01T09:00:00Z",\
            "recurrence_type":"daily"\(more)}
            """)
        try #require(made.status == 201, "\(made)")
        return made.id
    }

    /// Lets a reminder fire, and puts a pop-up onto a person's list as frontend-push does.
    ///
    /// - Returns: the pop-up's id.
    @discardableResult
    func popUp(
        _ reminder: Int64, for user: String, title: String = "Call back", trigger: String = "time_based",
        status: String? = nil
    ) async throws -> Int64 {
        try await number(
            """
            WITH occurrence AS (
                INSERT INTO sag_reminder_queue (reminder_id, trigger_type, new_status, due_at, published_at)
                VALUES ($1, $4, CASE WHEN $4 = 'status_change' THEN $5 END, clock_timestamp(), clock_timestamp())
                RETURNING id, due_at)
            INSERT INTO popups (user_id, occurrence_id, delivery_id, reminder_id, title, entity_type, case_id, case_status,
                trigger_type, recurring, due_at)
            SELECT $2, id, gen_random_uuid(), $1, $3, 'case', '123', $5, $4, true, due_at FROM occurrence
            RETURNING id
            """, [.int8(reminder), .text(user), .text(title), .text(trigger), .textOrNil(status)])
    }

    /// How each pop-up of a person was settled, in the order of their ids; `pending` when it was not.
    func settlements(of user: String) async throws -> [String] {
        try await texts(
            "SELECT coalesce(settled_how, 'pending') FROM popups WHERE user_id = $1 ORDER BY id", [.text(user)])
    }

    /// What people did about a reminder, oldest first: `1 snooze {"minutes": 15, …}`.
    func logged(_ reminder: Int64) async throws -> [String] {
        try await texts(
            """
            SELECT user_id || ' ' || kind || coalesce(' ' || details::text, '') FROM sag_reminder_logs
            WHERE reminder_id = $1 ORDER BY id
            """, [.int8(reminder)])
    }

    /// The occurrences that wake people from a snooze, as `1 2031-07-01T09:00:00Z`.
    func wakeUps(_ reminder: Int64) async throws -> [String] {
        try await run(
            """
            SELECT only_recipient, due_at FROM sag_reminder_queue
            WHERE reminder_id = $1 AND only_recipient IS NOT NULL AND published_at IS NULL ORDER BY 1
            """, [.int8(reminder)]
        ).map { try $0.text(0) + " " + Instant(microseconds: $0.timestamp(1)).rfc3339 }
    }

    /// The database's clock.
    func now() async throws -> Instant {
        Instant(microseconds: try #require(try await run("SELECT clock_timestamp()").first).timestamp(0))
    }
}

extension APIAnswer {
    /// The time at a pointer.
    func instant(_ pointer: String) -> Instant? {
        self[pointer]?.text.flatMap { Instant(rfc3339: $0) }
    }
}
