-- What a server said, without the addresses in it: of what stands before an @ the first character is left, as mask()
-- leaves it. Also where it stands in quotes, or the @ is encoded as in a link or a bounce.
CREATE OR REPLACE FUNCTION reporting.mask_words(words text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN words ~* '@|%40|=40|&#64;' THEN
        regexp_replace(
            regexp_replace(words, '"(?:[^"\\]|\\.)*"(?=@|%40|=40|&#64;)', '"***"', 'gi'),
            '([^\s<>()\[\]{},;:"''`/|=%&@])[^\s<>()\[\]{},;:"''`/|@]*?(@|%40|=40|&#64;)(?=[^\s])', '\1***\2', 'gi')
    ELSE words END
$$;

GRANT EXECUTE ON FUNCTION reporting.mask_words(text) TO reminders_reporting;
