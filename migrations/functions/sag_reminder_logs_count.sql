-- Counts the final records that a statement adds to the log, in the same transaction. Whoever may add to the log may add
-- to the counts, so that this need not run as somebody else, which would double its cost.
CREATE OR REPLACE FUNCTION sag_reminder_logs_count() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO delivery_counts_added (hour, channel, outcome, lateness, deliveries)
    SELECT date_trunc('hour', created_at, 'UTC'), channel, outcome, lateness_step(created_at - due_at), count(*)
    FROM added WHERE kind = 'delivery'
    GROUP BY 1, 2, 3, 4;
    RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS sag_reminder_logs_count ON sag_reminder_logs;
CREATE TRIGGER sag_reminder_logs_count AFTER INSERT ON sag_reminder_logs REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION sag_reminder_logs_count();

-- Moves what was added to the counts of its hour and its day. Any number may do it at once.
--
-- Returns how many rows were moved: fewer than most when nothing is left.
CREATE OR REPLACE FUNCTION merge_delivery_counts(most integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH moved AS (
        DELETE FROM delivery_counts_added
        WHERE ctid = ANY (ARRAY(SELECT ctid FROM delivery_counts_added LIMIT most FOR UPDATE SKIP LOCKED))
        RETURNING *),
    merged AS (
        INSERT INTO delivery_counts AS known (span, at, channel, outcome, deliveries, lateness)
        SELECT span, at, channel, outcome, sum(deliveries), histogram(step, deliveries)
        FROM (
            SELECT span, date_trunc(span, hour, 'UTC') AS at, channel, outcome, lateness AS step,
                sum(deliveries)::bigint AS deliveries
            FROM moved CROSS JOIN unnest(ARRAY['hour', 'day']) AS spans (span)
            GROUP BY 1, 2, 3, 4, 5) steps
        GROUP BY 1, 2, 3, 4
        ORDER BY 1, 2, 3, 4
        ON CONFLICT (span, at, channel, outcome) DO UPDATE
            SET deliveries = known.deliveries + excluded.deliveries,
                lateness = add_histograms(known.lateness, excluded.lateness))
    SELECT count(*) FROM moved
$$;

REVOKE EXECUTE ON FUNCTION merge_delivery_counts(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION merge_delivery_counts(integer) TO reminders_scheduler;
