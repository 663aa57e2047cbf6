-- Deletes what is over and older than that from the tables that are kept whole; at most so many rows, the oldest first. What
-- nobody has settled stays, however old.
--
-- Returns how many.
CREATE OR REPLACE FUNCTION forget_finished(kind text, before timestamptz, at_most bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    deleted bigint;
BEGIN
    CASE kind
    WHEN 'case_events' THEN
        DELETE FROM case_events WHERE ctid = ANY (ARRAY(
            SELECT e.ctid FROM case_events e WHERE e.received_at < before LIMIT at_most));
    WHEN 'dead_letters' THEN
        DELETE FROM dead_letters WHERE id = ANY (ARRAY(
            SELECT l.id FROM dead_letters l WHERE l.settled_at < before ORDER BY l.id LIMIT at_most));
    WHEN 'idempotency_keys' THEN
        DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(
            SELECT k.ctid FROM idempotency_keys k WHERE k.created_at < before LIMIT at_most FOR UPDATE SKIP LOCKED));
    END CASE;
    GET DIAGNOSTICS deleted = ROW_COUNT;
    RETURN deleted;
END $$;
REVOKE EXECUTE ON FUNCTION forget_finished(text, timestamptz, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_finished(text, timestamptz, bigint) TO reminders_scheduler;

-- How many rows forget_finished() would delete in the end.
CREATE OR REPLACE FUNCTION count_finished(kind text, before timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN CASE kind
        WHEN 'case_events' THEN (SELECT count(*) FROM case_events WHERE received_at < before)
        WHEN 'dead_letters' THEN (SELECT count(*) FROM dead_letters WHERE settled_at < before)
        WHEN 'idempotency_keys' THEN (SELECT count(*) FROM idempotency_keys WHERE created_at < before)
    END;
END $$;
REVOKE EXECUTE ON FUNCTION count_finished(text, timestamptz) FROM PUBLIC;
