import RemindersDomain
import RemindersPostgres

/// `sag_reminders`: the rules, as the scheduler and the command line see them.
extension SQL {
    private static let dueColumns = dueColumns(nextCheckAt: "t.next_check_at")

    /// What `DueReminder.init(row:)` reads, of `r` and `t`.
    ///
    /// - Parameter nextCheckAt: when it is due, in SQL.
    static func dueColumns(nextCheckAt: String) -> String {
        """
        r.id, r.entity_type, r.sag_id, r.title, r.priority, r.trigger_type, r.recurrence_type, r.rrule, r.month_end,
            r.time_zone, (extract(epoch FROM r.scheduled_local) * 1000000)::bigint AS anchor_local, r.exdates, \(nextCheckAt) AS next_check_at,
            t.last_fired_at, r.catch_up, (extract(epoch FROM r.maximum_lateness) * 1000000)::bigint AS maximum_lateness,
            clock_timestamp() AS now, t.replanned_at, t.xmin::text AS version, t.turn_of
        """
    }

    static let dueReminders = Statement<Int>(
        "dueReminders",
        """
        SELECT \(dueColumns)
        FROM sag_reminder_times t JOIN sag_reminders r ON r.id = t.reminder_id
        WHERE t.next_check_at <= now()
        ORDER BY t.next_check_at
        LIMIT $1
        """)

    // Reads past all that is due of these people, so that it takes the longer the more that is.
    static let dueRemindersExceptOf = Statement<Int, [OpaqueID]>(
        "dueRemindersExceptOf",
        """
        SELECT \(dueColumns)
        FROM sag_reminder_times t JOIN sag_reminders r ON r.id = t.reminder_id
        WHERE t.next_check_at <= now() AND t.turn_of <> ALL ($2::text[])
        ORDER BY t.next_check_at
        LIMIT $1
        """)

    static let dueRemindersOfEach = Statement<Int, [OpaqueID]>(
        "dueRemindersOfEach",
        """
        SELECT \(dueColumns)
        FROM unnest($2::text[]) AS person (turn) CROSS JOIN LATERAL (
            SELECT due.*, due.xmin FROM sag_reminder_times due
            WHERE due.turn_of = person.turn AND due.next_check_at <= now()
            ORDER BY due.next_check_at
            LIMIT $1) t
        JOIN sag_reminders r ON r.id = t.reminder_id
        """)

    // Planned outside of any transaction: only what nobody has changed since moves on. What another scheduler is at is its
    // own.
    static let advanceRemindersIfUnchanged = Statement<[PlannedReminder]>(
        "advanceRemindersIfUnchanged",
        """
        WITH unchanged AS MATERIALIZED (
            SELECT t.reminder_id, read.next, read.fired, read.count
            FROM unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::bigint[])
                AS read (id, version, next, fired, count)
            JOIN sag_reminder_times t ON t.reminder_id = read.id
            WHERE t.xmin::text = read.version
            ORDER BY t.reminder_id
            FOR NO KEY UPDATE OF t SKIP LOCKED)
        UPDATE sag_reminder_times t
        SET next_check_at = plan.next, last_fired_at = coalesce(plan.fired, t.last_fired_at),
            fired_count = t.fired_count + plan.count,
            set_aside_at = NULL, set_aside_reason = NULL, set_aside_due_at = NULL
        FROM unchanged AS plan
        WHERE t.reminder_id = plan.reminder_id
        RETURNING t.reminder_id AS id
        """)

    static let setAsideRemindersIfUnchanged = Statement<[ReminderToSetAside]>(
        "setAsideRemindersIfUnchanged",
        """
        UPDATE sag_reminder_times t
        SET set_aside_at = now(), set_aside_reason = aside.reason, set_aside_due_at = t.next_check_at,
            next_check_at = NULL
        FROM unnest($1::bigint[], $2::text[], $3::text[]) AS aside (id, version, reason)
        WHERE t.reminder_id = aside.id AND t.xmin::text = aside.version AND t.next_check_at IS NOT NULL
        RETURNING t.reminder_id AS id
        """)

    static let remindersSetAside = Statement<Int>(
        "remindersSetAside",
        """
        SELECT id, title, set_aside_at, set_aside_reason, set_aside_due_at FROM \(StoredReminder.tables)
        WHERE set_aside_at IS NOT NULL
        ORDER BY set_aside_at DESC, id DESC
        LIMIT $1
        """)

    static let releaseRemindersSetAside = Statement<[Int64]?>(
        "releaseRemindersSetAside",
        """
        WITH released AS (
            UPDATE sag_reminder_times t
            SET next_check_at = CASE WHEN is_active AND deleted_at IS NULL THEN set_aside_due_at END,
                set_aside_at = NULL, set_aside_reason = NULL, set_aside_due_at = NULL
            FROM sag_reminders r
            WHERE r.id = t.reminder_id AND set_aside_at IS NOT NULL AND ($1::bigint[] IS NULL OR r.id = ANY ($1))
            RETURNING r.id)
        SELECT id, pg_notify('reminders_due', '')::text AS told FROM released ORDER BY id
        """)

    // Not min(): planned while the table was empty, that reads all there is.
    static let nextDue = PlainStatement(
        "nextDue",
        """
        SELECT least((SELECT next_check_at FROM sag_reminder_times WHERE next_check_at IS NOT NULL
                      ORDER BY next_check_at LIMIT 1),
                     (SELECT available_at FROM sag_reminder_queue WHERE published_at IS NULL
                      ORDER BY available_at LIMIT 1)) AS due,
            clock_timestamp() AS now
        """)

    static let sagReminders: [any AnyStatement] = [
        dueReminders, dueRemindersExceptOf, dueRemindersOfEach, advanceRemindersIfUnchanged,
        setAsideRemindersIfUnchanged, remindersSetAside, releaseRemindersSetAside, nextDue,
    ]
}

extension ReminderStore {
    /// Says whenever something may have become due earlier than it was, and after each reconnect, since notifications
    /// may have been lost. Look beside it now and then: it is a hint.
    public func dueNotifications() -> some AsyncSequence<PostgresNotification, Never> {
        pool.listen("reminders_due")
    }

    /// When the next reminder or unpublished occurrence is due, and the database's clock; nil when nothing waits.
    public func nextDue() async throws -> (due: Instant?, now: Instant) {
        try await pool.query(SQL.nextDue()).readOne { (try $0.instantOrNil("due"), try $0.instant("now")) }
    }
}
