-- Applied before the migrations: a constraint calls it.
--
-- true when the name is one this server's time zone data knows, as in users.time_zone = 'Europe/Copenhagen'.
CREATE OR REPLACE FUNCTION is_time_zone(name text) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    PERFORM timestamptz 'epoch' AT TIME ZONE name;
    -- Offsets such as '+03:00' are accepted by AT TIME ZONE, but have no clock changes: not what a person lives in.
    RETURN name ~ '^[A-Za-z]';
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN false;
END $$;
