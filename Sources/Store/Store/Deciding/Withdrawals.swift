import RemindersDomain
import RemindersPostgres

/// What nobody wants any more, as the database answers it: for senders, which look once more before they send.
extension SQL {
    // Only what is not wanted is returned, which is little.
    static let withdrawals = Statement<[OccurrenceRecipient]>(
        "withdrawals", "SELECT occurrence_id, recipient, reason FROM withdrawals($1::bigint[], $2::text[])")

    /// The file of the database's function `withdrawals`, which is `Withdrawal.all` in SQL. In the order of the list, as
    /// `Decision.withdrawal` goes through it.
    static var withdrawalsFunction: String {
        let conditions = Withdrawal.all.map { withdrawal in
            """
                        WHEN \(withdrawal.sql.split(separator: "\n").joined(separator: "\n            "))
                            THEN '\(withdrawal.reason.rawValue)'
            """
        }
        return """
            -- Which of these deliveries nobody wants any more, and why. Generated from Withdrawal.all in the Domain, which the decision
            -- itself goes by: change it there, and run the tests with REMINDERS_WRITE_GENERATED=1.
            CREATE OR REPLACE FUNCTION withdrawals(occurrences bigint[], recipients text[])
            RETURNS TABLE (occurrence_id bigint, recipient text, reason text)
            LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
            SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
            #variable_conflict use_column
            DECLARE
                -- So that the partitions of the weeks before are not even opened.
                oldest constant bigint := (SELECT min(id) FROM unnest(occurrences) id);
            BEGIN
                RETURN QUERY
                SELECT answer.* FROM (
                    SELECT who.occurrence_id, who.recipient, CASE
            \(conditions.joined(separator: "\n"))
                    END AS reason
                    FROM (SELECT * FROM unnest(occurrences, recipients) AS who (occurrence_id, recipient) OFFSET 0) who
                    CROSS JOIN LATERAL (
                        SELECT * FROM sag_reminder_queue WHERE id = who.occurrence_id AND \(isFrom("oldest", "id")) OFFSET 0) q
                    JOIN sag_reminders r ON r.id = q.reminder_id
                    LEFT JOIN cases c ON c.entity_type = r.entity_type AND c.id = r.sag_id
                    LEFT JOIN sag_reminder_responses s ON s.reminder_id = r.id AND s.user_id = who.recipient) answer
                WHERE answer.reason IS NOT NULL;
            END $$;

            -- Whether a delivery is still wanted, and nothing of what the reminder or the case says.
            REVOKE EXECUTE ON FUNCTION withdrawals(bigint[], text[]) FROM PUBLIC;
            GRANT EXECUTE ON FUNCTION withdrawals(bigint[], text[]) TO reminders_sender, reminders_frontend_push;

            """
    }
}
