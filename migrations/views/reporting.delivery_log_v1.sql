CREATE OR REPLACE VIEW reporting.delivery_log_v1 AS
    SELECT l.id, l.created_at, l.kind, l.outcome, l.channel, reporting.mask(l.user_id) AS recipient, l.attempt,
        l.reason, reporting.mask_words(l.reply) AS reply, l.due_at, l.occurrence_id, l.delivery_id, l.reminder_id, r.entity_type,
        r.sag_id AS case_id, r.title, r.priority,
        CASE WHEN l.outcome = 'sent' THEN extract(epoch FROM l.created_at - l.due_at) END::double precision
            AS seconds_after_due,
        l.generation
    FROM sag_reminder_logs l
    JOIN sag_reminders r ON r.id = l.reminder_id;
COMMENT ON VIEW reporting.delivery_log_v1 IS 'One row an entry of the log: the final record of each delivery has kind = delivery.';

GRANT SELECT ON reporting.delivery_log_v1 TO reminders_reporting;
