-- Counts reminders that are about to be created, of several people, in the transaction that creates them: one that is
-- rolled back has counted nothing. A person's row is locked until then, so what several processes create is counted exactly.
--
-- Where a person is over a limit it fails with SQLSTATE RQ001: the constraint is the limit's name; the detail is how many
-- they may still create, when it is free again in seconds since 1970 (0: not by waiting), and who it is, with blanks between.
-- A limit of 0 is none.
CREATE OR REPLACE FUNCTION take_creations(
    creators text[], counts integer[], per_minute integer, per_day integer, most_active integer
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    now_is constant timestamptz := clock_timestamp();
    this_minute constant timestamptz := date_trunc('minute', now_is);
    this_day constant timestamptz := date_trunc('day', now_is, 'UTC');
    one record;
    taken record;
    free_at timestamptz;
    room bigint;
    limit_name text;
BEGIN
    -- In one order, so that two batches never wait for each other.
    FOR one IN
        SELECT creator, sum(count) AS wanted FROM unnest(creators, counts) AS wanted (creator, count)
        GROUP BY creator ORDER BY creator
    LOOP
        INSERT INTO creation_quotas AS known VALUES (one.creator, this_minute, 0, this_day, 0)
        ON CONFLICT (creator) DO UPDATE SET
            minute = this_minute, in_minute = CASE known.minute WHEN this_minute THEN known.in_minute ELSE 0 END,
            day = this_day, in_day = CASE known.day WHEN this_day THEN known.in_day ELSE 0 END
        RETURNING * INTO taken;
        IF most_active > 0 AND coalesce(taken.active_at_most + one.wanted > most_active, true) THEN
            SELECT count(*) INTO taken.active_at_most FROM (
                SELECT FROM sag_reminder_times t
                WHERE t.turn_of = one.creator AND t.next_check_at IS NOT NULL LIMIT most_active) timed;
            SELECT taken.active_at_most + count(*) INTO taken.active_at_most FROM (
                SELECT FROM sag_reminders r
                WHERE r.created_by = one.creator AND r.trigger_type <> 'time_based' AND r.is_active AND r.deleted_at IS NULL
                    AND NOT EXISTS (
                        SELECT FROM sag_reminder_times t WHERE t.reminder_id = r.id AND t.next_check_at IS NOT NULL)
                LIMIT most_active) waiting;
        END IF;
        -- The limit with the least room is the one that is named.
        SELECT l.name, l.room, l.free_at INTO limit_name, room, free_at FROM (VALUES
            ('creations_per_minute', per_minute, (per_minute - taken.in_minute)::bigint, this_minute + interval '1 minute'),
            ('creations_per_day', per_day, (per_day - taken.in_day)::bigint, this_day + interval '1 day'),
            ('active_reminders', most_active, most_active - taken.active_at_most, 'epoch'::timestamptz)
        ) AS l (name, maximum, room, free_at)
        WHERE l.maximum > 0 AND l.room < one.wanted
        ORDER BY l.room, l.free_at DESC LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'no more reminders may be created at the moment'
                USING ERRCODE = 'RQ001', CONSTRAINT = limit_name,
                    DETAIL = format('%s %s %s', greatest(room, 0), ceil(extract(epoch FROM free_at))::bigint, one.creator);
        END IF;
        UPDATE creation_quotas SET in_minute = taken.in_minute + one.wanted, in_day = taken.in_day + one.wanted,
            active_at_most = taken.active_at_most + one.wanted
        WHERE creator = one.creator;
    END LOOP;
END $$;

REVOKE EXECUTE ON FUNCTION take_creations(text[], integer[], integer, integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION take_creations(text[], integer[], integer, integer, integer) TO reminders_api;
