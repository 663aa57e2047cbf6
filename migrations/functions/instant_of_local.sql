-- The moment a local time stands for, as RFC 5545 has it and as the Swift side computes it: of a time that clocks show
-- twice the first, while AT TIME ZONE takes the second; one that they skip moves forward by the gap.
CREATE OR REPLACE FUNCTION instant_of_local(local timestamp, zone text) RETURNS timestamptz
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN by_earlier_offset AT TIME ZONE zone = local THEN by_earlier_offset ELSE local AT TIME ZONE zone END
    FROM (SELECT CASE WHEN isfinite(local) THEN
            -- The offset of a day before: what still counts when clocks go back.
            (local - (((local - interval '1 day') AT TIME ZONE 'UTC' AT TIME ZONE zone) - (local - interval '1 day')))
            AT TIME ZONE 'UTC' END) AS a_day_before (by_earlier_offset)
$$;
