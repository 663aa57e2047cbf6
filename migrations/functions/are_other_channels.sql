-- Applied before the migrations: a constraint calls it.
--
-- Names of channels that have no column of their own, each once. ChannelColumns in the store has the whole mapping.
--
-- Not in SQL, as is_lead_time().
CREATE OR REPLACE FUNCTION are_other_channels(names text[]) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN cardinality(names) <= 30
        AND coalesce(bool_and(name ~ '^[a-z][a-z0-9-]{0,30}$' AND name NOT IN ('email', 'mattermost', 'frontend')), true)
        AND count(DISTINCT name) = count(*)
    FROM unnest(names) name;
END $$;
