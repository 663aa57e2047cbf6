import RemindersDomain
import RemindersPostgres

/// What should have gone on by itself and has not. Each kind is read by an index of what is open, the longest due first and no
/// more of it than is counted, so that neither what is over nor a long queue makes it slow.
///
/// It is a function of the database, for those who ask need no right to read the ledger for it: its file is generated from what
/// is written here, because it shares the rule of what the broker has lost.
extension SQL {
    // What an occurrence was due before it was made is no delay of who publishes or decides. Of what cannot be read one may
    // rest before it is tried again, so the queue is looked through somewhat ahead.
    private static let openOccurrences = """
        (SELECT 'not_claimed' AS kind, NULL::text AS channel, t.reminder_id::text AS example, t.next_check_at AS since
         FROM sag_reminder_times t
         WHERE t.next_check_at < now() - patience
         ORDER BY t.next_check_at LIMIT most + 1)
        UNION ALL
        (SELECT 'not_published', NULL, q.id::text, greatest(q.due_at, q.created_at)
         FROM sag_reminder_queue q
         WHERE q.published_at IS NULL AND q.available_at < now() + interval '20 minutes'
             AND greatest(q.due_at, q.created_at) < now() - patience
         ORDER BY q.available_at LIMIT most + 1)
        UNION ALL
        (SELECT 'not_decided', NULL, q.id::text, greatest(q.due_at, q.created_at)
         FROM sag_reminder_queue q
         WHERE q.published_at IS NOT NULL AND q.processed_at IS NULL AND q.due_at < now() - patience
             AND greatest(q.due_at, q.created_at) < now() - patience
             AND NOT EXISTS (SELECT FROM dead_letters l WHERE l.settled_at IS NULL AND l.message_id = q.id::text)
         ORDER BY q.due_at LIMIT most + 1)
        UNION ALL
        (SELECT 'not_released', d.channel, d.id::text, d.release_at
         FROM deliveries d
         WHERE d.release_at < now() - patience AND d.state IN ('held', 'requested')
         ORDER BY d.release_at LIMIT most + 1)
        """

    // The channels that have anything on the way, each found behind the one before: whatever is installed.
    private static let channelsOnTheWay = """
        (SELECT d.channel FROM deliveries d WHERE d.finished_at IS NULL AND d.release_at IS NULL
         ORDER BY d.channel LIMIT 1)
        UNION ALL
        SELECT (SELECT d.channel FROM deliveries d
                WHERE d.finished_at IS NULL AND d.release_at IS NULL AND d.channel > before.channel
                ORDER BY d.channel LIMIT 1)
        FROM on_the_way before WHERE before.channel IS NOT NULL
        """

    // Of a channel so many at the most: when a mail server has been away for long, all of them wait for their next attempt.
    private static let mostLookedAt = 5_000

    // What leaves with another ends with it: one whose carrier has ended has no message at all.
    private static var openDeliveries: String {
        let outcomes = DeliveryState.allCases.filter(\.isFinal).map { "'\($0.rawValue)'" }.joined(separator: ", ")
        return """
            SELECT CASE WHEN d.is_stranded OR d.since < come_through.requested_at - patience
                    THEN 'forgotten' ELSE 'not_sent' END, c.channel, d.id::text, d.since
            FROM on_the_way c
            CROSS JOIN LATERAL (
                \(newestComeThrough("c.channel", outcomes: "ARRAY[\(outcomes)]"))
                OFFSET 0) come_through
            CROSS JOIN LATERAL (
                SELECT d.id, (\(leftSince)) AS since,
                    coalesce(d.carrier_occurrence_id <> d.occurrence_id, false) AS is_stranded
                FROM (
                    SELECT * FROM deliveries
                    WHERE channel = c.channel AND finished_at IS NULL AND release_at IS NULL
                        AND requested_at < now() - patience
                    ORDER BY requested_at LIMIT \(mostLookedAt)) d
                WHERE d.state IN ('requested', 'sending') AND (\(leftSince)) < now() - patience
                    AND NOT EXISTS (SELECT FROM dead_letters l WHERE l.settled_at IS NULL AND l.message_id = d.id::text)
                    AND (coalesce(d.carrier_occurrence_id = d.occurrence_id, true) OR NOT EXISTS (
                        SELECT FROM deliveries carrier
                        WHERE carrier.occurrence_id = d.carrier_occurrence_id AND carrier.recipient = d.recipient
                            AND carrier.channel = d.channel AND carrier.finished_at IS NULL))
                ORDER BY d.requested_at LIMIT most + 1) d
            WHERE c.channel IS NOT NULL AND NOT EXISTS (
                SELECT FROM channel_pauses p WHERE p.channel = c.channel AND is_living_instance(p.instance))
            """
    }

    /// The file of the database's function `audit_findings`.
    static var auditFunction: String {
        func indented(_ text: String) -> String {
            text.split(separator: "\n").map { "        " + $0 }.joined(separator: "\n")
        }
        return """
            -- What should have gone on by itself and has not for so long, by kind and channel; of each kind no more than most is
            -- counted. Generated from SQL.auditFunction in the Store: change it there, and run the tests with
            -- REMINDERS_WRITE_GENERATED=1.
            CREATE OR REPLACE FUNCTION audit_findings(patience interval, most bigint)
            RETURNS TABLE (kind text, channel text, count bigint, are_more boolean, since timestamptz, examples text[])
            LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
            SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
            #variable_conflict use_column
            BEGIN
                RETURN QUERY
                WITH RECURSIVE on_the_way AS (
            \(indented(channelsOnTheWay))
                ), found AS (
            \(indented(openOccurrences))
                    UNION ALL
                    (
            \(indented(openDeliveries))
                    )
                )
                SELECT f.kind, f.channel, least(count(*), most), count(*) > most, min(f.since),
                    (array_agg(f.example ORDER BY f.since))[1:5]
                FROM found f
                GROUP BY f.kind, f.channel
                ORDER BY f.kind, f.channel;
            END $$;

            -- It tells ids, and neither addresses nor what was written.
            REVOKE EXECUTE ON FUNCTION audit_findings(interval, bigint) FROM PUBLIC;
            GRANT EXECUTE ON FUNCTION audit_findings(interval, bigint) TO reminders_scheduler;

            """
    }

    static let audit = Statement<Duration, Int>(
        "audit",
        """
        SELECT kind, channel, count, are_more, since, examples
        FROM audit_findings($1 * interval '1 millisecond', $2)
        """)

    // By their numbers, so many at a time: those that may be due never although they ought to be due some time. What depends
    // on a rule is left to whoever can compute it.
    static let remindersWithoutNextTime = Statement<Int64, Int>(
        "remindersWithoutNextTime",
        """
        SELECT slice.last, r.*
        FROM (SELECT max(id) AS last FROM (
            SELECT id FROM sag_reminders WHERE id > $1 ORDER BY id LIMIT $2) next) slice
        LEFT JOIN LATERAL (
            SELECT \(dueColumns(nextCheckAt: "clock_timestamp()")), r.updated_at,
                r.trigger_type = 'time_based' AND r.recurrence_type <> 'once' AND t.reminder_id IS NOT NULL AS is_series
            FROM sag_reminders r
            LEFT JOIN sag_reminder_times t ON t.reminder_id = r.id
            WHERE r.id > $1 AND r.id <= slice.last AND r.is_active AND r.deleted_at IS NULL
                AND t.next_check_at IS NULL AND t.set_aside_at IS NULL
                AND (t.reminder_id IS NULL OR CASE r.trigger_type
                    WHEN 'deadline_approaching' THEN EXISTS (
                        SELECT FROM cases c
                        WHERE c.entity_type = r.entity_type AND c.id = r.sag_id AND c.closed_at IS NULL
                            AND c.deleted_at IS NULL AND c.deadline > now()
                            AND next_deadline_check(r.id, r.trigger_config, r.time_zone, c.deadline) IS NOT NULL)
                    WHEN 'time_based' THEN CASE WHEN r.recurrence_type = 'once' THEN
                        r.scheduled_at > now() AND (t.last_fired_at < r.updated_at) IS NOT FALSE
                        OR t.fired_count = 0 AND r.updated_at = r.created_at AND r.catch_up <> 'skip'
                    ELSE (substring(r.rrule FROM 'UNTIL=([0-9]{8})') < to_char(now() - interval '2 days', 'YYYYMMDD'))
                        IS NOT TRUE END
                    ELSE false END)
            ORDER BY r.id) r ON true
        """)

    static let newestStates = Statement<[DeliveryID]>(
        "newestStates",
        """
        SELECT DISTINCT ON (d.id) d.id, d.state
        FROM (SELECT DISTINCT id FROM unnest($1::uuid[]) id OFFSET 0) asked JOIN deliveries d ON d.id = asked.id
        ORDER BY d.id, d.generation DESC
        """)

    static let remindersOfOccurrences = Statement<[Int64]>(
        "remindersOfOccurrences",
        "SELECT q.id, q.reminder_id FROM \(keys("$1")) asked JOIN sag_reminder_queue q ON q.id = asked.id")

    static let deadLettersOfEarlierTimeLine = Statement<String, String>(
        "deadLettersOfEarlierTimeLine",
        """
        SELECT id, queue, message_id, reason FROM dead_letters
        WHERE settled_at IS NULL AND (right(reason, length($1)) = $1 OR reason = $2)
        ORDER BY id
        """)

    static let auditing: [any AnyStatement] = [
        audit, remindersWithoutNextTime, newestStates, remindersOfOccurrences, deadLettersOfEarlierTimeLine,
    ]
}

/// A dead letter of a time line before a restored backup.
public struct LetterOfEarlierTimeLine: Sendable {
    /// Its number.
    public let id: Int64
    /// Where it came from.
    public let queue: String
    /// What it was about: the id of a delivery, or the number of an occurrence.
    public let messageID: String?
    /// Why it was refused.
    public let reason: String
}

/// A reminder that is due never, and may have an occurrence yet.
public struct TimelessReminder: Sendable {
    /// Its number.
    public let id: Int64
    /// Its rule, where it depends on that whether it ought to be due: `dueAt` is the moment it was read. nil: it ought to be.
    public let series: DueReminder?
    /// When somebody changed it last.
    public let updatedAt: Instant
}

extension ReminderStore {
    /// What has not gone on for `patience`, by kind and channel; whether reminders are due never is not looked at.
    ///
    /// - Parameter most: the most that are counted of a kind, 1 or more.
    public func audit(patience: Duration, countingUpTo most: Int = 1_000) async throws -> [AuditFinding] {
        try await pool.query(SQL.audit(patience, most)).read { row in
            AuditFinding(
                kind: try row.value("kind"), channel: try row.valueOrNil("channel"), count: try row.int("count"),
                areMore: try row.bool("are_more"), since: try row.instant("since"),
                examples: try row.textArray("examples"))
        }
    }

    /// Those of the next reminders, in the order of their numbers, that are due never and may have to be due some time.
    ///
    /// - Parameters:
    ///   - id: behind which number; 0 begins.
    ///   - limit: how many are looked at, 1 or more.
    /// - Returns: also the number of the last one looked at; nil when there was none.
    public func remindersWithoutNextTime(
        behind id: Int64, limit: Int
    ) async throws -> (found: [TimelessReminder], last: Int64?) {
        var found: [TimelessReminder] = []
        var last: Int64?
        try await pool.query(SQL.remindersWithoutNextTime(id, limit)).forEachRow { row in
            last = try row.int64OrNil("last")
            guard let reminder = try row.int64OrNil("id") else { return }
            // What cannot be read is due never, too.
            let series = try row.bool("is_series") ? try? DueReminder(row: &row) : nil
            found.append(TimelessReminder(id: reminder, series: series, updatedAt: try row.instant("updated_at")))
        }
        return (found, last)
    }

    /// Where deliveries stand, each by its newest generation; those that the ledger does not have are left out.
    public func newestStates(of ids: [DeliveryID]) async throws -> [DeliveryID: DeliveryState] {
        var states: [DeliveryID: DeliveryState] = [:]
        try await pool.query(SQL.newestStates(ids)).forEachRow { row in
            states[try row.deliveryID("id")] = try row.value("state")
        }
        return states
    }

    /// Of which reminders occurrences are; those that the queue does not have are left out.
    public func reminders(ofOccurrences ids: [Int64]) async throws -> [Int64: Int64] {
        var reminders: [Int64: Int64] = [:]
        try await pool.query(SQL.remindersOfOccurrences(ids)).forEachRow { row in
            reminders[try row.int64("id")] = try row.int64("reminder_id")
        }
        return reminders
    }

    /// The unsettled dead letters that were refused because they are of a time line before a restored backup.
    ///
    /// - Parameters:
    ///   - ending: how such a reason ends.
    ///   - reason: or reads altogether.
    public func deadLettersOfEarlierTimeLine(
        endingOn ending: String, or reason: String
    ) async throws -> [LetterOfEarlierTimeLine] {
        try await pool.query(SQL.deadLettersOfEarlierTimeLine(ending, reason)).read { row in
            LetterOfEarlierTimeLine(
                id: try row.int64("id"), queue: try row.text("queue"), messageID: try row.textOrNil("message_id"),
                reason: try row.text("reason"))
        }
    }
}
