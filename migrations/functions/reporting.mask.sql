CREATE OR REPLACE FUNCTION reporting.mask(recipient text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN recipient LIKE 'mailto:%'
        THEN 'mailto:' || substr(recipient, 8, 1) || '***@' || split_part(recipient, '@', -1)
        ELSE recipient END
$$;

GRANT EXECUTE ON FUNCTION reporting.mask(text) TO reminders_reporting;
