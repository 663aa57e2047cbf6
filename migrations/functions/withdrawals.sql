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
            WHEN starts_with(who.recipient, 'erased:') OR EXISTS (SELECT FROM erased_names e WHERE e.name = who.recipient)
                THEN 'person_erased'
            WHEN r.deleted_at IS NOT NULL
                THEN 'reminder_deleted'
            WHEN NOT r.is_active
                THEN 'deactivated'
            WHEN who.recipient <> ALL (r.recipients)
                THEN 'recipient_removed'
            WHEN s.dismissed_at IS NOT NULL
                THEN 'dismissed'
            WHEN c.deleted_at IS NOT NULL
                THEN 'case_deleted'
            WHEN q.trigger_type = 'status_change' AND q.new_status <> c.status
                THEN 'case_status_changed'
            WHEN c.closed_at IS NOT NULL AND (q.trigger_type <> 'status_change' OR q.new_status IS NULL OR c.status IS NULL)
                THEN 'case_closed'
            WHEN q.trigger_type = 'deadline_approaching' AND q.deadline IS NOT NULL AND c.id IS NOT NULL AND c.deadline IS NULL
                THEN 'deadline_removed'
            WHEN q.trigger_type = 'deadline_approaching' AND q.deadline <> c.deadline
                THEN 'deadline_moved'
            WHEN q.trigger_type = 'status_change' AND is_superseded(q.reminder_id, q.id)
                THEN 'superseded'
            WHEN s.snoozed_until > clock_timestamp()
                THEN 'snoozed'
        END AS reason
        FROM (SELECT * FROM unnest(occurrences, recipients) AS who (occurrence_id, recipient) OFFSET 0) who
        CROSS JOIN LATERAL (
            SELECT * FROM sag_reminder_queue WHERE id = who.occurrence_id AND id >= oldest OFFSET 0) q
        JOIN sag_reminders r ON r.id = q.reminder_id
        LEFT JOIN cases c ON c.entity_type = r.entity_type AND c.id = r.sag_id
        LEFT JOIN sag_reminder_responses s ON s.reminder_id = r.id AND s.user_id = who.recipient) answer
    WHERE answer.reason IS NOT NULL;
END $$;

-- Whether a delivery is still wanted, and nothing of what the reminder or the case says.
REVOKE EXECUTE ON FUNCTION withdrawals(bigint[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION withdrawals(bigint[], text[]) TO reminders_sender, reminders_frontend_push;
