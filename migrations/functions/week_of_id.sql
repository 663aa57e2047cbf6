-- Applied before the migrations: a constraint calls it.
--
-- The week, Monday to Sunday in UTC, in which an occurrence of this number was made; week 1 began on 1970-01-05. 0 for the
-- small numbers from before they began with their day. See first_id_of_day().
CREATE OR REPLACE FUNCTION week_of_id(id bigint) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ((id / 10000000000 + 3) / 7)::integer
$$;

-- When that week begins.
CREATE OR REPLACE FUNCTION begin_of_week(week integer) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (date '1970-01-01' + (week * 7 - 3))::timestamp AT TIME ZONE 'UTC'
$$;
