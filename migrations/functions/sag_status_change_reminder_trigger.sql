-- Queues the reminders that wait for this change of status, in the transaction of the change itself. The status of
-- a case that is announced (reminders.announcing) is no news: by an event that says so, by the first PUT, while an attached
-- table is copied; so is that of an inserted row.
CREATE OR REPLACE FUNCTION sag_status_change_reminder_trigger() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF current_setting('reminders.announcing', true) = 'on' THEN
        RETURN NULL;
    END IF;
    PERFORM FROM (
        SELECT array_agg(r.id ORDER BY r.id) AS reminders, array_agg(r.trigger_type) AS triggers,
            array_agg(clock_timestamp()) AS due
        FROM sag_reminders r
        WHERE r.sag_id = NEW.id AND r.entity_type = NEW.entity_type AND r.trigger_type = 'status_change'
            AND r.is_active AND r.deleted_at IS NULL
            AND coalesce(r.trigger_config ->> 'target_status', NEW.status) = NEW.status
            AND coalesce(r.trigger_config ->> 'from_status', OLD.status, '') = coalesce(OLD.status, '')) waiting,
        queue_occurrences(waiting.reminders, waiting.triggers, waiting.due, old_status => OLD.status,
            new_status => NEW.status, traceparent => nullif(current_setting('reminders.traceparent', true), ''));
    IF FOUND THEN
        PERFORM pg_notify('reminders_due', '');
    END IF;
    RETURN NULL;
END $$;

-- Triggers need no right to run it. Whoever could put it on a table of their own could write through it into ours.
REVOKE EXECUTE ON FUNCTION sag_status_change_reminder_trigger() FROM PUBLIC;

DROP TRIGGER IF EXISTS sag_status_change_reminder_trigger_exec ON cases;
CREATE TRIGGER sag_status_change_reminder_trigger_exec AFTER UPDATE OF status ON cases
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status AND NEW.status IS NOT NULL)
    EXECUTE FUNCTION sag_status_change_reminder_trigger();
