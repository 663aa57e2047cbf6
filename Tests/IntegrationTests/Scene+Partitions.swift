import RemindersPostgres
import TestSupport

@testable import RemindersStore

extension Scene {
    /// Makes the partitions of weeks that are over, as they would be there if the database had been in use then.
    ///
    /// - Parameter count: so many, the latest.
    func makePastWeeks(_ count: Int) async throws {
        let statements = try await texts(
            """
            SELECT format('CREATE TABLE %1$I (LIKE %2$I INCLUDING ALL)%3$s; '
                    'ALTER TABLE %2$I ATTACH PARTITION %1$I FOR VALUES FROM (%4$s) TO (%5$s)',
                parent || to_char(begin_of_week(week) AT TIME ZONE 'UTC', '"_"IYYY"w"IW'), parent,
                (SELECT ' WITH (' || array_to_string(reloptions, ', ') || ')' FROM pg_class
                 WHERE oid = (parent || '_kept')::regclass),
                first_key_of_week(parent, week), first_key_of_week(parent, week + 1))
            FROM (SELECT DISTINCT parent FROM partitions) tables,
                generate_series(week_of_id(first_id_of_day(now())) - \(count), week_of_id(first_id_of_day(now())) - 1) week
            """)
        try await run(statements.joined(separator: ";\n"))
    }

    /// The lowest number of an occurrence that was made so many weeks ago.
    func firstID(weeksAgo: Int) async throws -> Int64 {
        try await number(
            "SELECT first_id_of_day(begin_of_week(week_of_id(first_id_of_day(now())) - \(weeksAgo)))")
    }

    /// The name of a table's partition of so many weeks ago.
    func partition(of table: String, weeksAgo: Int) async throws -> String {
        let begin = "begin_of_week(week_of_id(first_id_of_day(now())) - \(weeksAgo))"
        return try await text("SELECT partition FROM partitions WHERE parent = '\(table)' AND begins_at = \(begin)")
            ?? ""
    }

    /// An occurrence with a delivery by mail to user 1, which has ended with its final record, and a pop-up that was
    /// dismissed.
    ///
    /// - Parameters:
    ///   - id: of the occurrence.
    ///   - change: SQL that makes something of it unfinished.
    func addFinished(_ id: Int64, reminder: Int64 = 1, but change: String? = nil) async throws {
        try await run(
            """
            INSERT INTO sag_reminder_queue (id, reminder_id, trigger_type, due_at, status, published_at, processed_at)
            VALUES (\(id), \(reminder), 'time_based', begin_of_week(week_of_id(\(id))), 'sent', now(), now());
            INSERT INTO deliveries (occurrence_id, recipient, channel, id, reminder_id, state, due_at, finished_at)
            VALUES (\(id), '1', 'email', gen_random_uuid(), \(reminder), 'sent', now(), now());
            INSERT INTO sag_reminder_logs (kind, outcome, occurrence_id, reminder_id, user_id, channel, week)
            VALUES ('attempt', 'deferred', \(id), \(reminder), '1', 'email', week_of_id(\(id))),
                ('delivery', 'sent', \(id), \(reminder), '1', 'email', week_of_id(\(id)));
            INSERT INTO popups (user_id, occurrence_id, delivery_id, reminder_id, title, entity_type, case_id, trigger_type,
                due_at, settled_at, settled_how)
            VALUES ('1', \(id), gen_random_uuid(), \(reminder), 'Follow up', 'case', '123', 'time_based', now(), now(),
                'dismissed');
            """)
        if let change { try await run(change) }
    }
}
