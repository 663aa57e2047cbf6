-- Tables of the user's own as a source of cases: `reminders attach`.

-- As before, but while an attached table is copied nothing is news.
CREATE OR REPLACE FUNCTION sag_status_change_reminder_trigger() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF current_setting('reminders.copying', true) = 'on' THEN
        RETURN NULL;
    END IF;
    INSERT INTO sag_reminder_queue
        (reminder_id, trigger_type, due_at, available_at, old_status, new_status, traceparent)
    SELECT r.id, 'status_change', clock_timestamp(), clock_timestamp(), OLD.status, NEW.status,
        nullif(current_setting('reminders.traceparent', true), '')
    FROM sag_reminders r
    WHERE r.sag_id = NEW.id AND r.entity_type = NEW.entity_type AND r.trigger_type = 'status_change'
        AND r.is_active AND r.deleted_at IS NULL
        AND coalesce(r.trigger_config ->> 'target_status', NEW.status) = NEW.status
        AND coalesce(r.trigger_config ->> 'from_status', OLD.status, '') = coalesce(OLD.status, '')
    ORDER BY r.id;
    IF FOUND THEN
        PERFORM pg_notify('reminders_due', '');
    END IF;
    RETURN NULL;
END $$;

-- An attached table is described by a JSON object: entity_type; id, status, title and perhaps deadline, url and deleted
-- are names of columns; closed is a list of statuses; zone is where deadlines without an offset are meant.

-- What a row says, by the part it plays: {"id": …, "status": …}.
CREATE FUNCTION attached_values(line jsonb, columns jsonb) RETURNS jsonb
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

-- The moment of a deadline; of a mere date the end of that day. NULL, with a warning, for what is none.
CREATE FUNCTION attached_deadline(value text, zone text) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF value IS NULL OR value IN ('', 'infinity', '-infinity') THEN
        RETURN NULL;
    ELSIF value !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_datetime_format';
    ELSIF char_length(value) = 10 THEN
        RETURN instant_of_local((value::date + 1)::timestamp, zone);
    ELSIF value ~ '(Z|[+-][0-9]{2}(:?[0-9]{2}){0,2})$' THEN
        RETURN value::timestamptz;
    ELSE
        RETURN instant_of_local(value::timestamp, zone);
    END IF;
EXCEPTION WHEN data_exception THEN
    RAISE WARNING 'reminders: "%" is no deadline: taken as none', left(value, 100);
    RETURN NULL;
END $$;

-- The case that such values are; its id is NULL, with a warning, when it can be none. What is too long is cut.
CREATE FUNCTION attached_case(line jsonb, columns jsonb) RETURNS cases
LANGUAGE plpgsql STABLE AS $$
DECLARE
    about cases;
BEGIN
    about.entity_type := columns ->> 'entity_type';
    about.id := line ->> 'id';
    about.title := left(line ->> 'title', 500);
    about.status := left(line ->> 'status', 100);
    about.url := line ->> 'url';
    about.deadline := attached_deadline(line ->> 'deadline', coalesce(columns ->> 'zone', 'UTC'));
    about.changed_at := clock_timestamp();
    IF columns -> 'closed' ? (line ->> 'status') THEN
        about.closed_at := about.changed_at;
    END IF;
    -- A flag, a number that is one, or the time when it happened.
    about.deleted_at := CASE WHEN coalesce(line ->> 'deleted', 'false') NOT IN ('false', '0') THEN about.changed_at END;
    IF about.id IS NULL OR about.id = '' OR octet_length(about.id) > 200 THEN
        RAISE WARNING 'reminders: a row is left out: its id is missing or longer than 200 bytes';
        about.id := NULL;
    END IF;
    IF about.title <> line ->> 'title' OR about.status <> line ->> 'status' THEN
        RAISE WARNING 'reminders: title or status of % % is too long: cut', about.entity_type, about.id;
    END IF;
    IF about.url !~ '^https?://' OR char_length(about.url) > 2000 THEN
        about.url := NULL;
    END IF;
    RETURN about;
END $$;

-- Takes a case in. What the table does not tell (deadline, url, closed) stays as it is.
--
-- Returns whether anything changed.
CREATE FUNCTION put_attached_case(about cases, columns jsonb, unless_changed_since timestamptz) RETURNS boolean
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF about.id IS NULL THEN
        RETURN false;
    END IF;
    INSERT INTO cases AS c (entity_type, id, title, status, deadline, closed_at, url, changed_at, deleted_at)
    VALUES (about.entity_type, about.id, about.title, about.status, about.deadline, about.closed_at, about.url,
        about.changed_at, about.deleted_at)
    ON CONFLICT (entity_type, id) DO UPDATE SET
        title = excluded.title,
        status = excluded.status,
        deadline = CASE WHEN columns ? 'deadline' THEN excluded.deadline ELSE c.deadline END,
        closed_at = CASE WHEN NOT columns ? 'closed' THEN c.closed_at
                         WHEN excluded.closed_at IS NOT NULL THEN coalesce(c.closed_at, excluded.closed_at) END,
        url = CASE WHEN columns ? 'url' THEN excluded.url ELSE c.url END,
        changed_at = greatest(c.changed_at, excluded.changed_at),
        deleted_at = CASE WHEN excluded.deleted_at IS NOT NULL THEN coalesce(c.deleted_at, excluded.deleted_at) END,
        updated_at = now()
    WHERE c.changed_at < unless_changed_since
        AND ((c.title, c.status, c.deleted_at IS NULL)
             IS DISTINCT FROM (excluded.title, excluded.status, excluded.deleted_at IS NULL)
             OR columns ? 'deadline' AND c.deadline IS DISTINCT FROM excluded.deadline
             OR columns ? 'url' AND c.url IS DISTINCT FROM excluded.url
             OR columns ? 'closed' AND (c.closed_at IS NULL) <> (excluded.closed_at IS NULL));
    RETURN FOUND;
END $$;

-- Takes each changed row of an attached table into cases, in the transaction that changes it, which nothing here
-- breaks: whatever goes wrong is a warning. But who has to try a transaction again is told so.
CREATE FUNCTION sag_attached_table_trigger() RETURNS trigger
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

-- Puts the trigger on a table, in place of one that is there.
CREATE FUNCTION attach_table(target regclass, columns jsonb) RETURNS void
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

-- Returns whether it was attached.
CREATE FUNCTION detach_table(target regclass) RETURNS boolean
LANGUAGE plpgsql SET search_path = public, pg_temp SET client_min_messages = warning AS $$
DECLARE
    was_attached boolean := EXISTS (
        SELECT FROM pg_trigger WHERE tgrelid = target AND tgname = 'sag_status_change_reminder_attached');
BEGIN
    EXECUTE format('DROP TRIGGER IF EXISTS sag_status_change_reminder_attached ON %s', target);
    RETURN was_attached;
END $$;

-- Takes in the rows that an attached table had before, or that changed while its trigger was off. Changes of status
-- among them are no news; cases that changed since the copying began are left.
--
-- Returns how many cases are new or changed.
CREATE FUNCTION copy_attached_table(target regclass, columns jsonb) RETURNS bigint
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    count bigint;
BEGIN
    PERFORM set_config('reminders.copying', 'on', true);
    EXECUTE format(
        'SELECT count(*) FROM %s line CROSS JOIN LATERAL attached_case(attached_values(to_jsonb(line.*), $1), $1) about '
        'WHERE put_attached_case(about, $1, $2)', target) INTO count USING columns, clock_timestamp();
    PERFORM set_config('reminders.copying', 'off', true);
    -- Reminders that were added meanwhile did not see the cases, nor these them.
    PERFORM plan_deadline_reminders(entity_type, id) FROM (
        SELECT DISTINCT c.entity_type, c.id FROM sag_reminders r
        JOIN cases c ON c.entity_type = r.entity_type AND c.id = r.sag_id
        WHERE r.trigger_type = 'deadline_approaching' AND r.is_active AND r.deleted_at IS NULL AND r.next_check_at IS NULL
            AND c.entity_type = columns ->> 'entity_type' AND c.deadline > now() AND c.closed_at IS NULL
            AND c.deleted_at IS NULL) unplanned;
    RETURN count;
END $$;

-- Whoever could put it on a table of their own could write cases through it: see 0007_rules.sql.
REVOKE EXECUTE ON FUNCTION sag_attached_table_trigger() FROM PUBLIC;
