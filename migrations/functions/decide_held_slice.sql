-- Lets the next of what waits for a person be decided about again, behind a place in the order of reason, due time and
-- occurrence; what is left behind it is noted in held_again.
CREATE OR REPLACE FUNCTION decide_held_slice(
    whose text, behind_reason text, behind_due_at timestamptz, behind_occurrence_id bigint
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    slice constant integer := 500;
    last deliveries;
BEGIN
    SELECT * INTO last FROM deliveries
    WHERE recipient = whose AND state = 'held' AND release_at IS NOT NULL
        AND (reason, due_at, occurrence_id) > (behind_reason, behind_due_at, behind_occurrence_id)
    ORDER BY reason, due_at, occurrence_id OFFSET slice - 1 LIMIT 1;

    UPDATE deliveries d SET release_at = now()
    FROM (
        SELECT occurrence_id, recipient, channel FROM deliveries
        WHERE recipient = whose AND state = 'held' AND release_at IS NOT NULL AND release_at > now()
            AND (reason, due_at, occurrence_id) > (behind_reason, behind_due_at, behind_occurrence_id)
            AND (last.reason IS NULL
                OR (reason, due_at, occurrence_id) <= (last.reason, last.due_at, last.occurrence_id))
        FOR UPDATE SKIP LOCKED OFFSET 0) held
    WHERE d.occurrence_id = held.occurrence_id AND d.recipient = held.recipient AND d.channel = held.channel;

    IF last.reason IS NOT NULL THEN
        INSERT INTO held_again (recipient, reason, due_at, occurrence_id)
        VALUES (whose, last.reason, last.due_at, last.occurrence_id);
    END IF;
END $$;

REVOKE EXECUTE ON FUNCTION decide_held_slice(text, text, timestamptz, bigint) FROM PUBLIC;
