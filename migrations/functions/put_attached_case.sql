-- Takes in a case as a row of an attached table says it. What the table has no column for (deadline, url, closed) stays as
-- it is.
--
-- Returns whether the case is new or changed.
CREATE OR REPLACE FUNCTION put_attached_case(about cases, columns jsonb, unless_changed_since timestamptz) RETURNS boolean
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    RETURN about.id IS NOT NULL
        AND put_case(about, ARRAY(SELECT jsonb_object_keys(columns)), unless_changed_since, even_if_same => false);
END $$;
