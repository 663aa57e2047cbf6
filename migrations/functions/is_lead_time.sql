-- Applied before the migrations: a constraint calls it.
--
-- days_before, hours_before and minutes_before: whole numbers of ten years at the most, together more than nothing.
-- Without any of them it is 24 hours.
--
-- Not in SQL: every INSERT plans the constraints of its table, and would take a function in SQL apart to see whether it
-- can stand in the constraint itself, also for reminders that have no lead time.
CREATE OR REPLACE FUNCTION is_lead_time(config jsonb) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN jsonb_typeof(config) = 'object' AND (
        SELECT coalesce(bool_and(CASE key WHEN 'days_before' THEN number <= 3650 WHEN 'hours_before' THEN number <= 87600
                                          WHEN 'minutes_before' THEN number <= 5256000 ELSE false END), true)
            AND coalesce(sum(number) > 0, true)
        FROM (SELECT key, CASE WHEN value::text ~ '^[0-9]{1,7}$' THEN value::text::integer ELSE 2147483647 END::bigint
              FROM jsonb_each(CASE jsonb_typeof(config) WHEN 'object' THEN config ELSE '{}' END)) part (key, number));
END $$;
