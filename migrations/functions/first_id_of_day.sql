-- Applied before the migrations: a default calls it.
--
-- The lowest number that an occurrence of this day (UTC) can have. Numbers of occurrences begin with their day: days since
-- 1970-01-01, times ten thousand million, and a sequence on top. So they grow, partitions can be made ahead for exact times,
-- and all of them stay below 2^53, which JSON readers keep exactly.
CREATE OR REPLACE FUNCTION first_id_of_day(moment timestamptz) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ((moment AT TIME ZONE 'UTC')::date - date '1970-01-01') * 10000000000
$$;
