-- Refuses a title of which nothing can be seen: blanks, controls, characters without width.
CREATE OR REPLACE FUNCTION titles_are_visible() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.title IS NOT DISTINCT FROM OLD.title THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '%.title has nothing that can be seen', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, COLUMN = 'title',
            CONSTRAINT = TG_TABLE_NAME || '_title_check',
            HINT = 'Give it a letter, a digit or a sign beside blanks, controls and characters without width.';
END $$;
REVOKE EXECUTE ON FUNCTION titles_are_visible() FROM PUBLIC;

DROP TRIGGER IF EXISTS titles_are_visible ON sag_reminders;
CREATE TRIGGER titles_are_visible BEFORE INSERT OR UPDATE OF title ON sag_reminders
    FOR EACH ROW WHEN (NEW.title <> '' AND NOT is_visible(NEW.title)) EXECUTE FUNCTION titles_are_visible();

DROP TRIGGER IF EXISTS titles_are_visible ON cases;
CREATE TRIGGER titles_are_visible BEFORE INSERT OR UPDATE OF title ON cases
    FOR EACH ROW WHEN (NEW.title <> '' AND NOT is_visible(NEW.title)) EXECUTE FUNCTION titles_are_visible();
