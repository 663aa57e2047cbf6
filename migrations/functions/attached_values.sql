-- An attached table is described by a JSON object: entity_type; id, status, title and perhaps deadline, url and deleted
-- are names of columns; closed is a list of statuses; zone is where deadlines without an offset are meant.
--
-- What a row says, by the part it plays: {"id": …, "status": …}.
CREATE OR REPLACE FUNCTION attached_values(line jsonb, columns jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    part text;
    values jsonb := '{}';
BEGIN
    FOREACH part IN ARRAY '{id,status,title,deadline,url,deleted}'::text[] LOOP
        CONTINUE WHEN NOT columns ? part;
        IF NOT line ? (columns ->> part) THEN
            RAISE EXCEPTION 'there is no column % any more: attach the table again', quote_ident(columns ->> part)
                USING ERRCODE = 'undefined_column';
        END IF;
        values := values || jsonb_build_object(part, line -> (columns ->> part));
    END LOOP;
    RETURN values;
END $$;
