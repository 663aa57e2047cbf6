CREATE OR REPLACE VIEW v_pending_reminders AS
    SELECT r.*, t.next_check_at, t.last_fired_at, t.fired_count, now() - t.next_check_at AS overdue
    FROM sag_reminders r JOIN sag_reminder_times t ON t.reminder_id = r.id
    WHERE trigger_type <> 'status_change' AND is_active AND deleted_at IS NULL AND next_check_at <= now();
COMMENT ON VIEW v_pending_reminders IS 'Reminders whose time has come and which no scheduler has taken yet.';

GRANT SELECT ON v_pending_reminders TO reminders_api;
