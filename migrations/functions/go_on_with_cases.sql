-- Goes on with the one of case_work whose turn it is, if any; what is to be done about one case keeps its order. Any number
-- of schedulers may; each takes another.
--
-- Returns whether there was one.
CREATE OR REPLACE FUNCTION go_on_with_cases() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    job record;
    place record;
BEGIN
    SELECT * INTO job FROM case_work w
    WHERE NOT EXISTS (
        SELECT FROM case_work earlier
        WHERE earlier.entity_type = w.entity_type AND earlier.case_id = w.case_id AND earlier.id < w.id)
    ORDER BY w.turn LIMIT 1 FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    place := work_on_case(job.entity_type, job.case_id, job.work, job.triggers, job.after_trigger, job.after_id,
        job.until_id, job.old_status, job.new_status, job.traceparent);
    IF place.done_trigger IS NULL THEN
        DELETE FROM case_work w WHERE w.id = job.id;
    ELSE
        UPDATE case_work w SET after_trigger = place.done_trigger, after_id = place.done_id, turn = clock_timestamp()
        WHERE w.id = job.id;
    END IF;
    RETURN true;
END $$;

REVOKE EXECUTE ON FUNCTION go_on_with_cases() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION go_on_with_cases() TO reminders_scheduler;
