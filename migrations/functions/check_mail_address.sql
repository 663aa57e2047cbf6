-- Refuses a mail address whose domain has other letters than ASCII, and says how it is written instead. Whatever else can
-- be no address is found when somebody is to be told by mail, and ends there as bad_address.
CREATE OR REPLACE FUNCTION check_mail_address(address text, place text) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF substring(address FROM '@([^@]*)$') ~ '[^\u0001-\u007f]' THEN
        RAISE EXCEPTION '% has a domain that is not written in ASCII', place
            USING ERRCODE = 'check_violation', COLUMN = split_part(place, '.', 2), TABLE = split_part(place, '.', 1),
                HINT = 'Write it in its xn-- form: xn--blbrgrd-fxak7p.dk for blåbærgrød.dk.';
    END IF;
END $$;
