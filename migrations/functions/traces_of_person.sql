-- What gives a person away in a text that was not written for them: their id, names and addresses.
--
-- What is short says nothing anywhere but where a message names a person: an id 1 is looked for there alone (key_pattern).
--
-- plain: in lower case, as names_person() writes texts: as it is, escaped as in JSON, and quoted-printable.
-- coded: what three bytes of base64 make of it, wherever in a text it begins.
CREATE OR REPLACE FUNCTION traces_of_person(person text, OUT plain text[], OUT coded text[], OUT key_pattern text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    shortest constant integer := 5;
    said text[];
    keys text[];
BEGIN
    SELECT array_agg(DISTINCT regexp_replace(name, '^mailto:', '')), array_agg(name) INTO said, keys
    FROM names_to_erase(person);
    SELECT said || array_remove(ARRAY[u.display_name, u.email, u.mattermost_username, p.email_override]
        || ARRAY(SELECT address FROM user_addresses a WHERE a.user_id = u.id), NULL) INTO said
    FROM (SELECT person AS id) who LEFT JOIN users u ON u.id = who.id
    LEFT JOIN user_notification_preferences p ON p.user_id = u.id;

    SELECT array_agg(DISTINCT lower(written)) INTO plain
    FROM unnest(said) text
    CROSS JOIN LATERAL (VALUES (text), (lower(text)), (upper(text)), (initcap(text))) cased (text_cased)
    CROSS JOIN LATERAL (VALUES
        (encode(convert_to(text_cased, 'UTF8'), 'escape')),
        -- Each character beyond ASCII as in \u00e5, of which the backslash is written twice.
        ((SELECT string_agg(CASE WHEN ascii(letter) < 128 THEN encode(convert_to(letter, 'UTF8'), 'escape')
                ELSE '\\u' || lpad(to_hex(ascii(letter)), 4, '0') END, '' ORDER BY place)
            FROM regexp_split_to_table(text_cased, '') WITH ORDINALITY letters (letter, place))),
        -- Quoted-printable, and the same in a header, where a blank is an underscore (RFC 2047).
        ((SELECT string_agg(CASE WHEN ascii(letter) < 128 THEN letter
                ELSE regexp_replace(encode(convert_to(letter, 'UTF8'), 'hex'), '(..)', '=\1', 'g') END, '' ORDER BY place)
            FROM regexp_split_to_table(text_cased, '') WITH ORDINALITY letters (letter, place))),
        ((SELECT string_agg(CASE WHEN letter = ' ' THEN '_' WHEN ascii(letter) < 128 THEN letter
                ELSE regexp_replace(encode(convert_to(letter, 'UTF8'), 'hex'), '(..)', '=\1', 'g') END, '' ORDER BY place)
            FROM regexp_split_to_table(text_cased, '') WITH ORDINALITY letters (letter, place)))
    ) forms (written)
    WHERE octet_length(text) >= shortest;

    -- In front 0, 1 or 2 bytes of something else share the first four letters, and behind the rest shares the last.
    SELECT array_agg(DISTINCT substr(letters, 1 + ceil(ahead * 4 / 3.0)::int,
        floor((ahead + octet_length(text_cased)) * 4 / 3.0)::int - ceil(ahead * 4 / 3.0)::int)) INTO coded
    FROM unnest(said) text
    CROSS JOIN LATERAL (VALUES (text), (lower(text)), (upper(text)), (initcap(text))) cased (text_cased)
    CROSS JOIN generate_series(0, 2) ahead
    CROSS JOIN LATERAL (SELECT translate(encode(convert_to(repeat('-', ahead) || text_cased, 'UTF8'), 'base64'), E'\n', '')
        AS letters) letters
    WHERE octet_length(text) >= shortest;

    SELECT '"(recipient|user_id|created_by|by|sub|only_recipient)"\s*:\s*"?(' || ids || ')"?\s*[,}]|'
        || '"(recipients|recipient_user_ids)"\s*:\s*\[[^]]*"?\m(' || ids || ')"?\s*[],]|'
        || '"(recipients|recipient_user_ids)"\s*:\s*\[[^]]*"(' || ids || ')"' INTO key_pattern
    FROM (SELECT string_agg(regexp_replace(
            encode(convert_to(substr(to_json(key)::text, 2, length(to_json(key)::text) - 2), 'UTF8'), 'escape'),
            '([^[:alnum:]])', '\\\1', 'g'), '|') AS ids FROM unnest(keys) key) keys;
    plain := coalesce(plain, '{}');
    coded := coalesce(coded, '{}');
END $$;
REVOKE EXECUTE ON FUNCTION traces_of_person(text) FROM PUBLIC;

-- Whether a text, or the body of a message, gives a person away. Line breaks are no hiding place.
CREATE OR REPLACE FUNCTION names_person(body bytea, plain text[], coded text[], key_pattern text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
DECLARE
    letters text := translate(encode(body, 'escape'), E'\r\n', '');
    lowered text;
    trace text;
BEGIN
    IF body IS NULL OR body = '' THEN
        RETURN false;
    END IF;
    IF letters ~ key_pattern THEN
        RETURN true;
    END IF;
    FOREACH trace IN ARRAY coded LOOP
        IF strpos(letters, trace) > 0 THEN RETURN true; END IF;
    END LOOP;
    -- A line that ends with = goes on in the next one, in quoted-printable.
    lowered := lower(translate(replace(replace(encode(body, 'escape'), E'=\r\n', ''), E'=\n', ''), E'\r\n', ''));
    FOREACH trace IN ARRAY plain LOOP
        IF strpos(lowered, trace) > 0 THEN RETURN true; END IF;
    END LOOP;
    RETURN false;
END $$;
REVOKE EXECUTE ON FUNCTION names_person(bytea, text[], text[], text) FROM PUBLIC;
