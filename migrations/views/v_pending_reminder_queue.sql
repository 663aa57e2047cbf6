CREATE OR REPLACE VIEW v_pending_reminder_queue AS
    SELECT q.id, o.reminder_id, o.trigger_type, o.due_at, q.old_status, q.new_status, q.deadline, o.only_recipient,
        q.traceparent, coalesce(q.status, 'pending') AS status, q.reason, q.owner,
        coalesce(q.available_at, o.due_at) AS available_at, q.published_at, q.processed_at, q.created_at,
        r.title, r.message, r.priority, r.entity_type, r.sag_id, o.overdue, o.stage
    FROM overdue_occurrences o
    JOIN sag_reminders r ON r.id = o.reminder_id
    LEFT JOIN sag_reminder_queue q ON q.id = o.occurrence_id
    WHERE o.stage <> 'not_published' OR q.available_at <= now();
COMMENT ON VIEW v_pending_reminder_queue IS
    'Occurrences whose time has come and that are not decided about: not yet in the queue (without id), to be published '
    '(or their claim ran out), or published; and for how long they have been due.';

GRANT SELECT ON v_pending_reminder_queue TO reminders_api;
