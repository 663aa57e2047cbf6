-- When it is to be looked at: now if that moment is over and the deadline is not; never if the deadline is over, or was
-- told of from that moment on. A reminder that now comes nearer to its deadline than it did is told once more.
CREATE OR REPLACE FUNCTION next_deadline_check(reminder_id bigint, config jsonb, zone text, deadline timestamptz)
RETURNS timestamptz
LANGUAGE plpgsql AS $$
DECLARE
    moment timestamptz;
BEGIN
    IF deadline IS NULL OR NOT isfinite(deadline) OR deadline <= now() OR NOT is_lead_time(config) THEN
        RETURN NULL;
    END IF;
    moment := deadline_reminder_moment(deadline, config, zone);
    IF EXISTS (
        SELECT FROM sag_reminder_queue q
        WHERE q.reminder_id = next_deadline_check.reminder_id AND q.trigger_type <> 'status_change'
            AND q.only_recipient IS NULL AND q.due_at >= moment AND q.deadline = next_deadline_check.deadline) THEN
        RETURN NULL;
    END IF;
    RETURN greatest(moment, now());
END $$;
