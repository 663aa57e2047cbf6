-- Makes the partitions that are missing of this week and those that follow; any number of sessions may call it at once. A
-- row that came before its partition is taken there from where it was kept meanwhile. What somebody else uses for longer than
-- a moment is left for the next call: there are weeks for that.
--
-- Parameters: weeks: so many beyond this one. at_most: so many partitions, so that nothing is locked for longer than these
-- take.
--
-- Returns how many were made, how many are still missing, how many rows had come too early, and until when all tables have
-- partitions.
CREATE OR REPLACE FUNCTION make_partitions_ahead(
    weeks integer DEFAULT 2, at_most integer DEFAULT NULL, OUT made integer, OUT missing integer, OUT moved bigint,
    OUT made_until timestamptz
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET lock_timeout = '10s' SET client_min_messages = warning SET enable_seqscan = on AS $$
DECLARE
    this_week constant integer := week_of_id(first_id_of_day(clock_timestamp()));
    wanted record;
    first partitions;
    is_empty boolean;
    early bigint;
BEGIN
    made := 0;
    missing := 0;
    moved := 0;
    PERFORM pg_advisory_xact_lock(1380273487);
    -- From here on others may wait behind this one.
    PERFORM set_config('lock_timeout', '200ms', true);
    -- What was there before there were partitions is nothing, in a new database.
    FOR first IN SELECT * FROM partitions WHERE begins_at IS NULL AND ends_at IS NOT NULL LOOP
        EXECUTE format('SELECT NOT EXISTS (SELECT FROM %I)', first.partition) INTO is_empty;
        CONTINUE WHEN NOT is_empty;
        BEGIN
            EXECUTE format('LOCK TABLE ONLY %I, %I, %I IN ACCESS EXCLUSIVE MODE', first.parent, first.partition,
                first.parent || '_kept');
            EXECUTE format('SELECT NOT EXISTS (SELECT FROM %I)', first.partition) INTO is_empty;
            IF is_empty THEN
                EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', first.parent, first.partition);
                EXECUTE format('DROP TABLE %I', first.partition);
            END IF;
        EXCEPTION WHEN lock_not_available THEN NULL;
        END;
    END LOOP;
    FOR wanted IN
        SELECT kept.parent, kept.key, kept.partition AS kept, week,
            kept.parent || to_char(begin_of_week(week) AT TIME ZONE 'UTC', '"_"IYYY"w"IW') AS name,
            first_key_of_week(kept.parent, week) AS low, first_key_of_week(kept.parent, week + 1) AS high
        FROM partitions kept, generate_series(this_week, this_week + weeks) week
        WHERE kept.ends_at IS NULL AND NOT EXISTS (
            SELECT FROM partitions there
            WHERE there.parent = kept.parent AND there.ends_at > begin_of_week(week)
                AND (there.begins_at IS NULL OR there.begins_at <= begin_of_week(week)))
        ORDER BY week, kept.parent
    LOOP
        IF made = at_most THEN
            missing := missing + 1;
            CONTINUE;
        END IF;
        BEGIN
            -- Made with its indexes before it is attached, which takes the lock that others notice.
            EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)%s', wanted.name, wanted.parent, (
                SELECT ' WITH (' || array_to_string(reloptions, ', ') || ')' FROM pg_class
                WHERE oid = wanted.kept::regclass));
            EXECUTE format('LOCK TABLE ONLY %I IN SHARE UPDATE EXCLUSIVE MODE', wanted.parent);
            EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', wanted.kept);
            EXECUTE format('WITH early AS (DELETE FROM %1$I WHERE %2$I >= %3$s AND %2$I < %4$s RETURNING *) '
                'INSERT INTO %5$I SELECT * FROM early', wanted.kept, wanted.key, wanted.low, wanted.high, wanted.name);
            GET DIAGNOSTICS early = ROW_COUNT;
            EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', wanted.parent, wanted.name,
                wanted.low, wanted.high);
            made := made + 1;
            moved := moved + early;
        EXCEPTION WHEN lock_not_available THEN
            missing := missing + 1;
        END;
    END LOOP;
    SELECT coalesce(min(latest), '-infinity') INTO made_until
    FROM (SELECT max(ends_at) AS latest FROM partitions GROUP BY parent) ends;
END $$;

-- For housekeeping, which needs no right on the tables for it.
REVOKE EXECUTE ON FUNCTION make_partitions_ahead(integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION make_partitions_ahead(integer, integer) TO reminders_scheduler;

-- The lowest key that a week's partition of this table has.
CREATE OR REPLACE FUNCTION first_key_of_week(parent text, week integer) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE parent WHEN 'sag_reminder_logs' THEN week ELSE first_id_of_day(begin_of_week(week)) END
$$;
