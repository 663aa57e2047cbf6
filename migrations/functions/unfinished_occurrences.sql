-- What of occurrences with numbers from low to below high is not over: not decided about, not delivered to everybody, still on
-- somebody's screen; or told of a deadline that is yet to come, so that it is not told of twice. Tables of it may be in
-- partitions of their own already, and in those for what was kept.
CREATE OR REPLACE FUNCTION unfinished_occurrences(low bigint, high bigint)
RETURNS TABLE (occurrence_id bigint, reminder_id bigint)
LANGUAGE sql STABLE SET enable_seqscan = on AS $$
    SELECT id, reminder_id FROM sag_reminder_queue
    WHERE id >= low AND id < high
        AND (processed_at IS NULL OR trigger_type = 'deadline_approaching' AND deadline > now())
    UNION
    SELECT occurrence_id, reminder_id FROM deliveries
    WHERE occurrence_id >= low AND occurrence_id < high AND state IN ('requested', 'held', 'sending')
    UNION
    SELECT occurrence_id, reminder_id FROM popups
    WHERE occurrence_id >= low AND occurrence_id < high AND settled_at IS NULL
$$;

REVOKE EXECUTE ON FUNCTION unfinished_occurrences(bigint, bigint) FROM PUBLIC;
