CREATE OR REPLACE VIEW v_pending_reminder_queue AS
    SELECT q.id, q.reminder_id, q.trigger_type, q.due_at, q.old_status, q.new_status, q.deadline, q.only_recipient,
        q.traceparent, q.status, q.reason, q.owner, q.available_at, q.published_at, q.processed_at, q.created_at,
        r.title, r.message, r.priority, r.entity_type, r.sag_id
    FROM sag_reminder_queue q
    JOIN sag_reminders r ON r.id = q.reminder_id
    WHERE q.published_at IS NULL AND q.available_at <= now();
COMMENT ON VIEW v_pending_reminder_queue IS 'Occurrences ready to be published, and claims that ran out.';

GRANT SELECT ON v_pending_reminder_queue TO reminders_api;
