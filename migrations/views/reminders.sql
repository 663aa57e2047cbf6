-- The shape of the other seed: one row a reminder, with is_sent telling that nothing more is to come.
CREATE OR REPLACE VIEW reminders AS
    SELECT 'REM-' || lpad(sag_reminders.id::text, 3, '0') AS id,
        coalesce(created_by, recipient_user_ids[1], recipient_emails[1]) AS user_id,
        entity_type,
        sag_id AS entity_id,
        coalesce(message, title) AS message,
        coalesce(next_check_at, last_fired_at, scheduled_at) AS remind_at,
        (next_check_at IS NULL AND fired_count > 0) AS is_sent,
        created_via,
        created_at
    FROM sag_reminders JOIN sag_reminder_times ON reminder_id = sag_reminders.id
    WHERE deleted_at IS NULL AND trigger_type = 'time_based';

GRANT SELECT ON reminders TO reminders_api;
