-- The first of those occurrences that wait for this recipient's limit, and of those that wait for the limit of what others
-- cause: so many of each. A function of its own, so that a statement opens the partitions for it only where somebody waits;
-- plpgsql, which the planner leaves as it is.
CREATE OR REPLACE FUNCTION lines_of_recipient(who text, at_most bigint)
RETURNS TABLE (due_at timestamptz, occurrence_id bigint, of_others boolean)
LANGUAGE plpgsql STABLE ROWS 10 AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT DISTINCT due_at, occurrence_id, false FROM deliveries
    WHERE recipient = who AND state = 'held' AND release_at IS NOT NULL AND reason = 'rate_limited'
    ORDER BY due_at, occurrence_id LIMIT at_most;
    RETURN QUERY
    SELECT DISTINCT due_at, occurrence_id, true FROM deliveries
    WHERE recipient = who AND state = 'held' AND release_at IS NOT NULL AND reason = 'rate_limited_others'
    ORDER BY due_at, occurrence_id LIMIT at_most;
END $$;
