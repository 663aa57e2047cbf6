-- The latest moment that something may be said to have happened at: what clocks that run ahead may be ahead of the
-- database's. A difference of zones, the commonest mistake, is never that small.
CREATE OR REPLACE FUNCTION latest_moment() RETURNS timestamptz
LANGUAGE sql VOLATILE PARALLEL SAFE
RETURN clock_timestamp() + interval '10 minutes';
