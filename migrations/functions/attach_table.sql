-- Puts the trigger on a table, in place of one that is there.
CREATE OR REPLACE FUNCTION attach_table(target regclass, columns jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp SET client_min_messages = warning AS $$
DECLARE
    wrong text;
BEGIN
    IF target = 'cases'::regclass THEN
        RAISE EXCEPTION 'cases is where attached tables lead to, and cannot be attached itself'
            USING ERRCODE = 'wrong_object_type';
    END IF;
    SELECT columns ->> part INTO wrong FROM unnest('{id,status,title,deadline,url,deleted}'::text[]) part
    WHERE columns ? part AND NOT EXISTS (
        SELECT FROM pg_attribute
        WHERE attrelid = target AND attname = columns ->> part AND attnum > 0 AND NOT attisdropped);
    IF FOUND OR NOT columns ?& '{entity_type,id,status,title}'::text[] THEN
        RAISE EXCEPTION '% has no column %', target, coalesce(quote_ident(wrong), 'for each of id, status and title')
            USING ERRCODE = 'undefined_column';
    END IF;
    EXECUTE format('DROP TRIGGER IF EXISTS sag_status_change_reminder_attached ON %s', target);
    EXECUTE format(
        'CREATE TRIGGER sag_status_change_reminder_attached AFTER INSERT OR UPDATE OR DELETE ON %s '
        'FOR EACH ROW EXECUTE FUNCTION sag_attached_table_trigger(%L)', target, columns);
    -- Whoever adds a partition creates the trigger on it.
    BEGIN
        EXECUTE format('GRANT EXECUTE ON FUNCTION sag_attached_table_trigger() TO %s',
            (SELECT relowner::regrole FROM pg_class WHERE oid = target));
    EXCEPTION WHEN insufficient_privilege THEN
        RAISE WARNING 'the owner of % may not add partitions to it until granted EXECUTE on sag_attached_table_trigger()',
            target;
    END;
END $$;
