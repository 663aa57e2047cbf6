-- Keeps the link of a case as web_link() writes it, and says what is wrong with one that is none.
CREATE OR REPLACE FUNCTION cases_fill_in() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    link text := web_link(NEW.url);
BEGIN
    IF link IS NULL THEN
        RAISE EXCEPTION 'cases.url of % % is no link', NEW.entity_type, NEW.id
            USING ERRCODE = 'check_violation', TABLE = 'cases', COLUMN = 'url', CONSTRAINT = 'cases_url_check',
                HINT = 'A link begins with http:// or https:// and a host name in ASCII (xn-- for other letters), has no '
                    'user name and no control characters, and at most 2000 bytes.';
    END IF;
    NEW.url := link;
    RETURN NEW;
END $$;
REVOKE EXECUTE ON FUNCTION cases_fill_in() FROM PUBLIC;

DROP TRIGGER IF EXISTS cases_fill_in ON cases;
CREATE TRIGGER cases_fill_in BEFORE INSERT OR UPDATE OF url ON cases
    FOR EACH ROW WHEN (NEW.url IS NOT NULL) EXECUTE FUNCTION cases_fill_in();
