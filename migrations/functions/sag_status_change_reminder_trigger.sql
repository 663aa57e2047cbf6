-- Queues the reminders that wait for this change of status, in the transaction of the change itself (of very many the first
-- slice). The status of
-- a case that is announced (reminders.announcing) is no news: by an event that says so, by the first PUT, while an attached
-- table is copied; so is that of an inserted row.
CREATE OR REPLACE FUNCTION sag_status_change_reminder_trigger() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF current_setting('reminders.announcing', true) = 'on' THEN
        RETURN NULL;
    END IF;
    PERFORM begin_work_on_case(NEW.entity_type, NEW.id, 'queue', '{status_change}', old_status => OLD.status,
        new_status => NEW.status);
    RETURN NULL;
END $$;

-- Triggers need no right to run it. Whoever could put it on a table of their own could write through it into ours.
REVOKE EXECUTE ON FUNCTION sag_status_change_reminder_trigger() FROM PUBLIC;

DROP TRIGGER IF EXISTS sag_status_change_reminder_trigger_exec ON cases;
CREATE TRIGGER sag_status_change_reminder_trigger_exec AFTER UPDATE OF status ON cases
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status AND NEW.status IS NOT NULL)
    EXECUTE FUNCTION sag_status_change_reminder_trigger();
