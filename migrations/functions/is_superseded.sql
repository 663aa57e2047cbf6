-- Whether a later change of status made this reminder fire again. A function of its own, so that a statement which asks only of
-- changes of status opens the partitions for it only then; plpgsql, which the planner leaves as it is.
CREATE OR REPLACE FUNCTION is_superseded(reminder bigint, occurrence bigint) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM sag_reminder_queue newer
        WHERE newer.reminder_id = reminder AND newer.id > occurrence AND newer.trigger_type = 'status_change'
            AND newer.only_recipient IS NULL);
END $$;
