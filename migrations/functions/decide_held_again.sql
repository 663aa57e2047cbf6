-- Lets rate-limiters, which look once a second, decide again about what these people wait for. Rows that one of them is
-- at right now are left: nobody's transaction waits here, and those are looked at when their hold ends.
--
-- Parameter about: only of these reminders; NULL: of all.
CREATE OR REPLACE FUNCTION decide_held_again(who text[], about bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    UPDATE deliveries d SET release_at = now()
    FROM (
        SELECT occurrence_id, recipient, channel FROM deliveries
        WHERE recipient = ANY (who) AND release_at > now() AND state = 'held'
            AND (about IS NULL OR reminder_id = ANY (about))
        FOR UPDATE SKIP LOCKED OFFSET 0) held
    WHERE d.occurrence_id = held.occurrence_id AND d.recipient = held.recipient AND d.channel = held.channel;
END $$;

-- For triggers, which write through it with its owner's rights.
REVOKE EXECUTE ON FUNCTION decide_held_again(text[], bigint[]) FROM PUBLIC;
