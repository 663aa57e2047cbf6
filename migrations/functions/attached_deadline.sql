-- The moment of a deadline; of a mere date the end of that day. NULL, with a warning, for what is none.
CREATE OR REPLACE FUNCTION attached_deadline(value text, zone text) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF value IS NULL OR value IN ('', 'infinity', '-infinity') THEN
        RETURN NULL;
    ELSIF value !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_datetime_format';
    ELSIF char_length(value) = 10 THEN
        RETURN instant_of_local((value::date + 1)::timestamp, zone);
    ELSIF value ~ '(Z|[+-][0-9]{2}(:?[0-9]{2}){0,2})$' THEN
        RETURN value::timestamptz;
    ELSE
        RETURN instant_of_local(value::timestamp, zone);
    END IF;
EXCEPTION WHEN data_exception THEN
    RAISE WARNING 'reminders: "%" is no deadline: taken as none', left(value, 100);
    RETURN NULL;
END $$;
