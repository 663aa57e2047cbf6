-- What is due and not decided about yet, and which step it waits for: the words of OverdueStage. While everything runs
-- this is empty but for what came due in the last milliseconds.
CREATE OR REPLACE VIEW overdue_occurrences AS
    SELECT NULL::bigint AS occurrence_id, r.id AS reminder_id, r.trigger_type, NULL::text AS only_recipient,
        t.next_check_at AS due_at, 'not_claimed' AS stage, now() - t.next_check_at AS overdue
    FROM sag_reminder_times t JOIN sag_reminders r ON r.id = t.reminder_id
    WHERE t.next_check_at <= now()
    UNION ALL
    -- By the index of what is unpublished; a claim is good for a minute.
    SELECT q.id, q.reminder_id, q.trigger_type, q.only_recipient, q.due_at, 'not_published', now() - q.due_at
    FROM sag_reminder_queue q
    WHERE q.published_at IS NULL AND q.available_at <= now() + interval '2 minutes' AND q.due_at <= now()
    UNION ALL
    SELECT q.id, q.reminder_id, q.trigger_type, q.only_recipient, q.due_at, 'not_decided', now() - q.due_at
    FROM sag_reminder_queue q
    WHERE q.published_at IS NOT NULL AND q.processed_at IS NULL AND q.due_at <= now()
        AND NOT EXISTS (SELECT FROM deliveries d WHERE d.occurrence_id = q.id);
COMMENT ON VIEW overdue_occurrences IS
    'What is due and not decided about yet: not_claimed, not_published (by a scheduler), not_decided (by a rate-limiter).';

GRANT SELECT ON overdue_occurrences TO reminders_api;
