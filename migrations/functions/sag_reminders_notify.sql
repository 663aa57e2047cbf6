-- Wakes the schedulers for what may be due before they would look again: they sleep an hour at the most. What lies
-- further ahead costs nothing, and all notifications of one transaction are folded into one.
CREATE OR REPLACE FUNCTION sag_reminders_notify() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('reminders_due', '');
    RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS sag_reminders_notify_inserted ON sag_reminders;
CREATE TRIGGER sag_reminders_notify_inserted AFTER INSERT ON sag_reminders
    FOR EACH ROW WHEN (NEW.next_check_at < now() + interval '61 minutes')
    EXECUTE FUNCTION sag_reminders_notify();

DROP TRIGGER IF EXISTS sag_reminders_notify_updated ON sag_reminders;
CREATE TRIGGER sag_reminders_notify_updated
    AFTER UPDATE OF entity_type, sag_id, trigger_type, trigger_config, recurrence_type, rrule, exdates, month_end,
        time_zone, scheduled_at, scheduled_local, is_active, deleted_at
    ON sag_reminders
    FOR EACH ROW WHEN (NEW.next_check_at < now() + interval '61 minutes')
    EXECUTE FUNCTION sag_reminders_notify();
