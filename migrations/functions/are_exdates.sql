-- Applied before the migrations: a constraint calls it.
--
-- What a series leaves out, one time each: a day (2026-12-24), a time on the clock of time_zone (2026-12-24T09:00:00), or a
-- moment (2026-12-24T08:00:00Z, with any offset). Whether the series has an occurrence then, its rule decides: the API and
-- the command line refuse what leaves out nothing.
CREATE OR REPLACE FUNCTION are_exdates(texts text[]) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    entry text;
    parts text[];
BEGIN
    -- Most series leave out nothing: without a block that catches errors this costs next to nothing.
    IF cardinality(texts) = 0 THEN RETURN true; END IF;
    BEGIN
        FOREACH entry IN ARRAY texts LOOP
            parts := regexp_match(entry, '^(\d{4})-(\d\d)-(\d\d)'
                '(?:[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?)?$');
            IF parts IS NULL THEN
                parts := regexp_match(entry, '^(\d{4})-(\d\d)-(\d\d)[T ](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?'
                    '(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)$');
            END IF;
            IF parts IS NULL THEN RETURN false; END IF;
            PERFORM make_date(parts[1]::integer, parts[2]::integer, parts[3]::integer);
        END LOOP;
        RETURN true;
    EXCEPTION WHEN datetime_field_overflow THEN
        RETURN false;  -- there is no such day
    END;
END $$;
