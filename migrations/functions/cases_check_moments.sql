-- Refuses a case that changed, was closed or deleted in the future: everything said of it later would count as older.
CREATE OR REPLACE FUNCTION cases_check_moments() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    latest timestamptz := latest_moment();
    moment record;
BEGIN
    FOR moment IN
        SELECT name, said
        FROM (VALUES ('changed_at', NEW.changed_at, CASE WHEN TG_OP = 'UPDATE' THEN OLD.changed_at END),
                ('closed_at', NEW.closed_at, CASE WHEN TG_OP = 'UPDATE' THEN OLD.closed_at END),
                ('deleted_at', NEW.deleted_at, CASE WHEN TG_OP = 'UPDATE' THEN OLD.deleted_at END))
            AS moments (name, said, before)
        WHERE said > latest AND said IS DISTINCT FROM before
    LOOP
        RAISE EXCEPTION 'cases.% of % % is more than 10 minutes ahead of the database''s clock',
                moment.name, NEW.entity_type, NEW.id
            USING ERRCODE = 'check_violation', TABLE = 'cases', COLUMN = moment.name,
                HINT = 'Give the moment when it happened, with its offset from UTC, and set the clock it is read from.';
    END LOOP;
    RETURN NEW;
END $$;
REVOKE EXECUTE ON FUNCTION cases_check_moments() FROM PUBLIC;

DROP TRIGGER IF EXISTS cases_check_moments ON cases;
CREATE TRIGGER cases_check_moments BEFORE INSERT OR UPDATE OF changed_at, closed_at, deleted_at ON cases
    FOR EACH ROW WHEN (greatest(NEW.changed_at, NEW.closed_at, NEW.deleted_at) > now())
    EXECUTE FUNCTION cases_check_moments();
