-- Goes on with the one of held_again that has waited longest, if any. Any number of rate-limiters may; each takes another.
--
-- Returns whether there was one.
CREATE OR REPLACE FUNCTION go_on_deciding_again() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    rest held_again;
BEGIN
    DELETE FROM held_again
    WHERE id = (SELECT id FROM held_again ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING * INTO rest;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM decide_held_slice(rest.recipient, rest.reason, rest.due_at, rest.occurrence_id);
    RETURN true;
END $$;

REVOKE EXECUTE ON FUNCTION go_on_deciding_again() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION go_on_deciding_again() TO reminders_rate_limiter;
