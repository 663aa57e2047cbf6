-- Does what is to be done about the next reminders of a case that has changed, at most a thousand: so no change of a case
-- takes longer, and none that fails is in the way of others' for longer.
--
-- What the parameters are, case_work says. Returns the place it has come to: NULL and 0 when nothing is left.
CREATE OR REPLACE FUNCTION work_on_case(
    about_type text, about_id text, work text, triggers text[], after_trigger text, after_id bigint, until_id bigint,
    old_status text, new_status text, traceparent text, OUT done_trigger text, OUT done_id bigint
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
    slice constant integer := 1000;
    room integer := slice;
    kind text;
    these bigint[];
    changed cases;
    is_near boolean;
BEGIN
    done_id := 0;
    IF work = 'plan' THEN
        SELECT * INTO changed FROM cases c WHERE c.entity_type = about_type AND c.id = about_id;
    END IF;
    FOREACH kind IN ARRAY triggers LOOP
        CONTINUE WHEN kind COLLATE "C" < after_trigger COLLATE "C";
        SELECT array_agg(id) INTO these FROM (
            SELECT r.id FROM sag_reminders r
            WHERE r.sag_id = about_id AND r.entity_type = about_type AND r.trigger_type = kind
                AND r.id > CASE kind WHEN after_trigger THEN after_id ELSE 0 END AND r.id <= until_id
            ORDER BY r.id LIMIT room) slice_of;
        CONTINUE WHEN these IS NULL;
        CASE work
        WHEN 'plan' THEN
            -- Also those whose time stays: a concurrent change of such a reminder is waited for, and then sees or has seen
            -- the same deadline.
            PERFORM FROM sag_reminders r WHERE r.id = ANY (these) ORDER BY r.id FOR SHARE;
            WITH planned AS (
                UPDATE sag_reminder_times t
                SET next_check_at = CASE WHEN r.is_active AND r.deleted_at IS NULL
                    THEN next_deadline_check(r.id, r.trigger_config, r.time_zone,
                        CASE WHEN changed.closed_at IS NULL AND changed.deleted_at IS NULL THEN changed.deadline END) END,
                    set_aside_at = NULL, set_aside_reason = NULL, set_aside_due_at = NULL
                FROM sag_reminders r
                WHERE r.id = ANY (these) AND t.reminder_id = r.id
                RETURNING t.next_check_at)
            SELECT bool_or(next_check_at < now() + interval '61 minutes') INTO is_near FROM planned;
        WHEN 'queue' THEN
            SELECT count(*) > 0 INTO is_near FROM (
                SELECT array_agg(r.id ORDER BY r.id) AS reminders, array_agg(r.trigger_type) AS triggers,
                    array_agg(clock_timestamp()) AS due
                FROM sag_reminders r
                WHERE r.id = ANY (these) AND r.is_active AND r.deleted_at IS NULL
                    AND coalesce(r.trigger_config ->> 'target_status', new_status) = new_status
                    AND coalesce(r.trigger_config ->> 'from_status', old_status, '') = coalesce(old_status, '')
                ) waiting,
                queue_occurrences(waiting.reminders, waiting.triggers, waiting.due, old_status => work_on_case.old_status,
                    new_status => work_on_case.new_status, traceparent => work_on_case.traceparent);
        WHEN 'decide' THEN
            PERFORM decide_held_again(
                ARRAY(SELECT DISTINCT unnest(r.recipients) FROM sag_reminders r WHERE r.id = ANY (these)), these);
            PERFORM withdraw_popups(these);
        END CASE;
        IF is_near THEN
            PERFORM pg_notify('reminders_due', '');
        END IF;
        room := room - cardinality(these);
        IF room = 0 THEN
            done_trigger := kind;
            done_id := (SELECT max(one) FROM unnest(these) one);
            RETURN;
        END IF;
    END LOOP;
END $$;

REVOKE EXECUTE ON FUNCTION work_on_case(text, text, text, text[], text, bigint, bigint, text, text, text) FROM PUBLIC;
