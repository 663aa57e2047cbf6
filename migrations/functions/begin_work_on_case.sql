-- Begins with what a change of a case makes necessary, in the transaction of the change; what is more than a slice is left
-- to the schedulers, in case_work.
--
-- What is planned or decided goes by what the case says then, so one line is enough however often it changes; of each
-- change of status all reminders are queued, in the order of the changes.
CREATE OR REPLACE FUNCTION begin_work_on_case(
    about_type text, about_id text, work text, triggers text[], old_deadline timestamptz DEFAULT NULL,
    old_status text DEFAULT NULL, new_status text DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
#variable_conflict use_variable
DECLARE
    kinds constant text[] := ARRAY(SELECT kind FROM unnest(triggers) kind ORDER BY kind COLLATE "C");
    last_id constant bigint := CASE work WHEN 'queue' THEN (SELECT coalesce(max(r.id), 0) FROM sag_reminders r)
        ELSE 9223372036854775807 END;
    trace constant text := nullif(current_setting('reminders.traceparent', true), '');
    place record;
BEGIN
    place := work_on_case(about_type, about_id, work, kinds, '', 0, last_id, old_status, new_status, trace);
    IF place.done_trigger IS NULL THEN
        RETURN;
    END IF;
    IF work <> 'queue' THEN
        -- Back to where this change has come to; what it was planned by first is what is on its way.
        UPDATE case_work w SET after_trigger = place.done_trigger, after_id = place.done_id,
            old_deadline = coalesce(w.old_deadline, old_deadline)
        WHERE w.entity_type = about_type AND w.case_id = about_id AND w.work = work AND w.triggers = kinds;
        IF FOUND THEN
            RETURN;
        END IF;
    END IF;
    INSERT INTO case_work (entity_type, case_id, work, triggers, after_trigger, after_id, until_id, old_deadline, old_status,
        new_status, traceparent)
    VALUES (about_type, about_id, work, kinds, place.done_trigger, place.done_id, last_id, old_deadline, old_status,
        new_status, trace);
END $$;

-- For triggers, which write through it with its owner's rights.
REVOKE EXECUTE ON FUNCTION begin_work_on_case(text, text, text, text[], timestamptz, text, text) FROM PUBLIC;
