-- Drops a partition of a week that is over: what is not finished of it, with all that belongs to these occurrences, is kept in
-- the table's partition for that, in the same transaction. What is not finished is looked for before anything is locked;
-- locked is the table only while that little is moved.
--
-- Returns how many rows were kept; or, where too much is not finished for a short lock, false and why. Raises 55P03 (lock not
-- available) when the table was in use for a tenth of a second on end: to be tried again.
CREATE OR REPLACE FUNCTION drop_partition(name text, OUT is_dropped boolean, OUT kept bigint, OUT reason text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET lock_timeout = '10s' SET client_min_messages = warning AS $$
DECLARE
    most constant integer := 10000;
    part partitions;
    occurrences bigint[];
    reminders bigint[];
    condition text;
BEGIN
    kept := 0;
    is_dropped := false;
    -- Whoever asks again for what had ended holds this too: nothing else is not finished that was.
    PERFORM pg_advisory_xact_lock(1380273487);
    -- From here on others may wait behind this one.
    PERFORM set_config('lock_timeout', '100ms', true);
    SELECT * INTO part FROM partitions WHERE partition = name;
    IF part.ends_at IS NULL THEN
        RAISE EXCEPTION 'there is no partition % of a week', name
            USING ERRCODE = 'undefined_table', HINT = 'The view partitions has them all.';
    ELSIF part.ends_at > now() THEN
        RAISE EXCEPTION 'the week of % is not over', name USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    SELECT array_agg(occurrence_id), array_agg(DISTINCT reminder_id) INTO occurrences, reminders
    FROM unfinished_occurrences(coalesce(first_id_of_day(part.begins_at), 0), first_id_of_day(part.ends_at));
    IF cardinality(occurrences) > most THEN
        reason := format('%s of its occurrences are not finished; it can go when no more than %s are',
            cardinality(occurrences), most);
        RETURN;
    END IF;
    condition := CASE part.parent
        WHEN 'sag_reminder_queue' THEN 'id = ANY ($1)'
        -- Each of the two by its index.
        WHEN 'sag_reminder_logs' THEN 'kind = ''delivery'' AND occurrence_id = ANY ($1) '
            'OR kind <> ''delivery'' AND reminder_id = ANY ($2) AND occurrence_id = ANY ($1)'
        ELSE 'occurrence_id = ANY ($1)' END;

    EXECUTE format('LOCK TABLE ONLY %I, %I, %I IN ACCESS EXCLUSIVE MODE', part.parent, name, part.parent || '_kept');
    EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', part.parent, name);
    IF occurrences IS NOT NULL THEN
        PERFORM set_config('enable_seqscan', 'off', true);
        -- Not through the table itself, whose triggers count what is new.
        EXECUTE format('INSERT INTO %I SELECT * FROM %I WHERE %s', part.parent || '_kept', name, condition)
            USING occurrences, reminders;
        GET DIAGNOSTICS kept = ROW_COUNT;
    END IF;
    EXECUTE format('DROP TABLE %I', name);
    is_dropped := true;
END $$;

-- For housekeeping, which needs no right on the tables for it.
REVOKE EXECUTE ON FUNCTION drop_partition(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION drop_partition(text) TO reminders_scheduler;
