-- A link as it is kept: what must be percent-encoded is, and the scheme is in lower case. NULL for what is none.
--
-- WebLink in Sources/Core/Domain/Shared is the same in Swift; a test compares the two over random texts.
CREATE OR REPLACE FUNCTION web_link(link text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    label CONSTANT text := '[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?';
    parts text[] := regexp_match(btrim(link, ' '), '^([Hh][Tt][Tt][Pp][Ss]?://)([^/?#]+)(.*)$');
    authority text[];
    rest text := parts[3];
    mark integer;
BEGIN
    IF parts IS NULL OR octet_length(link) > 8000 OR link ~ '[\u0001-\u001f\u007f]' THEN
        RETURN NULL;
    END IF;
    authority := regexp_match(
        parts[2], '^(\[[0-9A-Fa-f:.]{2,45}\]|' || label || '(?:\.' || label || ')*\.?)(?::([0-9]{1,5}))?$');
    IF authority IS NULL OR octet_length(rtrim(authority[1], '.')) > 253
        OR authority[1] LIKE '[%' AND authority[1] NOT LIKE '%:%'
        OR authority[4]::integer NOT BETWEEN 1 AND 65535 THEN
        RETURN NULL;
    END IF;
    IF rest ~ '[^A-Za-z0-9._~!$&''()*+,;=:@/?-]' THEN
        rest := regexp_replace(rest, '%(?![0-9A-Fa-f]{2})', '%25', 'g');
        mark := strpos(rest, '#');
        IF mark > 0 THEN
            rest := left(rest, mark) || replace(substr(rest, mark + 1), '#', '%23');
        END IF;
        rest := (
            SELECT string_agg(
                CASE WHEN sign ~ '[A-Za-z0-9._~!$&''()*+,;=:@/?#%-]' THEN sign
                     ELSE upper(regexp_replace(encode(convert_to(sign, 'UTF8'), 'hex'), '(..)', '%\1', 'g')) END,
                '' ORDER BY place)
            FROM regexp_split_to_table(rest, '') WITH ORDINALITY AS signs (sign, place));
    END IF;
    link := lower(parts[1]) || parts[2] || coalesce(rest, '');
    RETURN CASE WHEN octet_length(link) <= 2000 THEN link END;
END $$;
