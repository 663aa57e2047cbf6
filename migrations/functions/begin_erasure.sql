-- Begins to erase a person, or a mail address that is nobody's (mailto: in front): from now on nothing is sent to them, and
-- everything that says who they are is gone. erase_slice() does the rest. Again, before that has finished, it changes nothing.
--
-- Returns the erasure's id; what is left of the person everywhere else is called erased: and this id.
CREATE OR REPLACE FUNCTION begin_erasure(person text, requested_by text) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    erasure uuid;
BEGIN
    IF starts_with(person, 'mailto:') THEN
        person := lower(person);
    END IF;
    IF person IS NULL OR person IN ('', 'mailto:') OR starts_with(person, 'erased:') THEN
        RAISE EXCEPTION 'nobody has the id %', quote_nullable(person) USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- Two who ask at once come one after the other here, by the person's row if there is one, and at the latest by the name.
    PERFORM FROM users u WHERE u.id = person FOR UPDATE;
    SELECT e.erasure INTO erasure FROM erased_names e WHERE e.name = person;
    IF FOUND THEN
        RETURN erasure;
    END IF;
    INSERT INTO erasures (requested_by, plain_traces, coded_traces, key_pattern)
    SELECT requested_by, t.plain, t.coded, t.key_pattern FROM traces_of_person(person) t
    RETURNING id INTO erasure;
    INSERT INTO erased_names (name, pseudonym, erasure)
    SELECT n.name, 'erased:' || erasure || CASE n.place WHEN 1 THEN '' ELSE '.' || n.place END, erasure
    FROM names_to_erase(person) n ORDER BY n.place
    ON CONFLICT (name) DO NOTHING;
    IF NOT EXISTS (SELECT FROM erased_names e WHERE e.name = person AND e.erasure = erasure) THEN
        DELETE FROM erased_names e WHERE e.erasure = erasure;
        DELETE FROM erasures e WHERE e.id = erasure;
        SELECT e.erasure INTO erasure FROM erased_names e WHERE e.name = person;
        RETURN erasure;
    END IF;
    -- Preferences and addresses go with it.
    DELETE FROM users u WHERE u.id = person;
    PERFORM decide_held_again(ARRAY(SELECT e.name FROM erased_names e WHERE e.erasure = erasure), NULL);
    RETURN erasure;
END $$;
REVOKE EXECUTE ON FUNCTION begin_erasure(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION begin_erasure(text, text) TO reminders_api;
