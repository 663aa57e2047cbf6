-- Takes each changed row of an attached table into cases, in the transaction that changes it, which nothing here
-- breaks: whatever goes wrong is a warning. But who has to try a transaction again is told so.
CREATE OR REPLACE FUNCTION sag_attached_table_trigger() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    columns jsonb;
    before jsonb;
    after jsonb;
BEGIN
    columns := TG_ARGV[0]::jsonb;
    IF TG_OP <> 'INSERT' THEN
        before := attached_values(to_jsonb(OLD), columns);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        after := attached_values(to_jsonb(NEW), columns);
    END IF;
    IF before = after THEN
        RETURN NULL;
    END IF;
    IF after IS NULL OR before -> 'id' <> after -> 'id' THEN
        UPDATE cases SET deleted_at = coalesce(deleted_at, now()), changed_at = greatest(changed_at, clock_timestamp()),
            updated_at = now()
        WHERE entity_type = columns ->> 'entity_type' AND id = before ->> 'id';
    END IF;
    -- A change of what was not heard of yet: it is announced as it was, so that the change is one.
    IF before -> 'id' = after -> 'id' AND NOT EXISTS (
        SELECT FROM cases WHERE entity_type = columns ->> 'entity_type' AND id = after ->> 'id') THEN
        PERFORM put_attached_case(attached_case(before, columns), columns, NULL);
    END IF;
    IF after IS NOT NULL THEN
        PERFORM put_attached_case(attached_case(after, columns), columns, 'infinity');
    END IF;
    RETURN NULL;
EXCEPTION
    WHEN transaction_rollback THEN
        RAISE;
    WHEN OTHERS THEN
        RAISE WARNING 'reminders: a row of % was not taken in: %', TG_RELID::regclass, SQLERRM;
        RETURN NULL;
END $$;

-- Whoever could put it on a table of their own could write cases through it.
REVOKE EXECUTE ON FUNCTION sag_attached_table_trigger() FROM PUBLIC;
