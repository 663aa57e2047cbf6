-- Deletes rows that were kept of occurrences made before a time and that have come to an end since; at most so many.
--
-- Returns how many.
CREATE OR REPLACE FUNCTION forget_kept(parent text, before timestamptz, at_most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = on AS $$
DECLARE
    deleted bigint;
    kept partitions;
BEGIN
    SELECT * INTO kept FROM partitions there WHERE there.parent = forget_kept.parent AND there.ends_at IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no partitioned table %', parent
            USING ERRCODE = 'undefined_table', HINT = 'The view partitions has them all.';
    END IF;
    EXECUTE format('DELETE FROM %1$I WHERE ctid = ANY (ARRAY(SELECT row.ctid FROM %1$I row WHERE %2$I < $1 '
        'AND NOT EXISTS (SELECT FROM unfinished_occurrences(0, $2) open WHERE open.occurrence_id = row.%3$I) LIMIT $3))',
        kept.partition, kept.key, CASE parent WHEN 'sag_reminder_queue' THEN 'id' ELSE 'occurrence_id' END)
        USING first_key_of_week(parent, week_of_id(first_id_of_day(before))), first_id_of_day(before), at_most;
    GET DIAGNOSTICS deleted = ROW_COUNT;
    RETURN deleted;
END $$;

REVOKE EXECUTE ON FUNCTION forget_kept(text, timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_kept(text, timestamptz, integer) TO reminders_scheduler;
