-- Lets rate-limiters, which look once a second, decide again about what these people wait for. Rows that one of them is
-- at right now are left: nobody's transaction waits here, and those are looked at when their hold ends.
--
-- Of one person no more than a slice at once, whoever asks: the rest is left to the rate-limiters.
--
-- Parameter about: only of these reminders; NULL: of all.
CREATE OR REPLACE FUNCTION decide_held_again(who text[], about bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    IF about IS NULL THEN
        PERFORM decide_held_slice(recipient, '', '-infinity', 0) FROM (SELECT DISTINCT unnest(who) AS recipient) person;
        RETURN;
    END IF;
    UPDATE deliveries d SET release_at = now()
    FROM (
        SELECT occurrence_id, recipient, channel FROM deliveries
        WHERE reminder_id = ANY (about) AND recipient = ANY (who) AND state = 'held' AND release_at IS NOT NULL AND release_at > now()
        FOR UPDATE SKIP LOCKED OFFSET 0) held
    WHERE d.occurrence_id = held.occurrence_id AND d.recipient = held.recipient AND d.channel = held.channel;
END $$;

-- For triggers, which write through it with its owner's rights.
REVOKE EXECUTE ON FUNCTION decide_held_again(text[], bigint[]) FROM PUBLIC;
