-- A reminder that is deleted from the table is not due any more.
CREATE OR REPLACE FUNCTION sag_reminders_forget() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM sag_reminder_times t USING gone WHERE t.reminder_id = gone.id;
    RETURN NULL;
END $$;

-- Triggers need no right to run it. Whoever could put it on a table of their own could write through it into ours.
REVOKE EXECUTE ON FUNCTION sag_reminders_forget() FROM PUBLIC;

DROP TRIGGER IF EXISTS sag_reminders_forget ON sag_reminders;
CREATE TRIGGER sag_reminders_forget AFTER DELETE ON sag_reminders REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION sag_reminders_forget();
