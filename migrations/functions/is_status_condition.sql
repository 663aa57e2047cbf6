-- Applied before the migrations: a constraint calls it.
--
-- target_status and from_status: texts of 1 to 100 characters. Without them every change counts.
--
-- Not in SQL, as is_lead_time().
CREATE OR REPLACE FUNCTION is_status_condition(config jsonb) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN jsonb_typeof(config) = 'object' AND (
        SELECT coalesce(bool_and(key IN ('target_status', 'from_status') AND jsonb_typeof(value) = 'string'
                                 AND char_length(value #>> '{}') BETWEEN 1 AND 100), true)
        FROM jsonb_each(CASE jsonb_typeof(config) WHEN 'object' THEN config ELSE '{}' END));
END $$;
