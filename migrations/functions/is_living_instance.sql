-- Claims belong to service instances, each with a random number. A living instance holds the advisory lock
-- (1380273484, its number) on a session of its own, so that a claim of a dead one can be told at once, without waiting
-- for its lease to run out.
CREATE OR REPLACE FUNCTION is_living_instance(instance integer) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM pg_locks
        WHERE locktype = 'advisory' AND classid = 1380273484 AND objid = instance::oid AND objsubid = 2 AND granted
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
$$;
