-- Returns whether it was attached.
CREATE OR REPLACE FUNCTION detach_table(target regclass) RETURNS boolean
LANGUAGE plpgsql SET search_path = public, pg_temp SET client_min_messages = warning AS $$
DECLARE
    was_attached boolean := EXISTS (
        SELECT FROM pg_trigger WHERE tgrelid = target AND tgname = 'sag_status_change_reminder_attached');
BEGIN
    EXECUTE format('DROP TRIGGER IF EXISTS sag_status_change_reminder_attached ON %s', target);
    RETURN was_attached;
END $$;
