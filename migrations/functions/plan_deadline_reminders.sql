-- Plans the deadline reminders of one case by what the case says now. It touches all of them, also those whose time
-- stays: a concurrent change of such a reminder is waited for, and then sees or has seen the same deadline.
CREATE OR REPLACE FUNCTION plan_deadline_reminders(about_type text, about_id text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    case_deadline timestamptz;
    is_near boolean;
BEGIN
    SELECT c.deadline INTO case_deadline FROM cases c
    WHERE c.entity_type = about_type AND c.id = about_id AND c.closed_at IS NULL AND c.deleted_at IS NULL;
    PERFORM FROM sag_reminders r
    WHERE r.sag_id = about_id AND r.entity_type = about_type AND r.trigger_type = 'deadline_approaching'
    FOR SHARE;
    WITH planned AS (
        UPDATE sag_reminder_times t
        SET next_check_at = CASE WHEN r.is_active AND r.deleted_at IS NULL
            THEN next_deadline_check(r.id, r.trigger_config, r.time_zone, case_deadline) END,
            set_aside_at = NULL, set_aside_reason = NULL, set_aside_due_at = NULL
        FROM sag_reminders r
        WHERE r.sag_id = about_id AND r.entity_type = about_type AND r.trigger_type = 'deadline_approaching'
            AND t.reminder_id = r.id
        RETURNING t.next_check_at)
    SELECT bool_or(next_check_at < now() + interval '61 minutes') INTO is_near FROM planned;
    IF is_near THEN
        PERFORM pg_notify('reminders_due', '');
    END IF;
END $$;

-- For triggers, which write through it with its owner's rights.
REVOKE EXECUTE ON FUNCTION plan_deadline_reminders(text, text) FROM PUBLIC;
