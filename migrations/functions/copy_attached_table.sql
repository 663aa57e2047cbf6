-- Takes in the rows that an attached table had before, or that changed while its trigger was off. Changes of status
-- among them are no news; cases that changed since the copying began are left.
--
-- Returns how many cases are new or changed.
CREATE OR REPLACE FUNCTION copy_attached_table(target regclass, columns jsonb) RETURNS bigint
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    count bigint;
BEGIN
    PERFORM set_config('reminders.announcing', 'on', true);
    EXECUTE format(
        'SELECT count(*) FROM %s line CROSS JOIN LATERAL attached_case(attached_values(to_jsonb(line.*), $1), $1) about '
        'WHERE put_attached_case(about, $1, $2)', target) INTO count USING columns, clock_timestamp();
    PERFORM set_config('reminders.announcing', 'off', true);
    -- Reminders that were added meanwhile did not see the cases, nor these them.
    PERFORM plan_deadline_reminders(entity_type, id) FROM (
        SELECT DISTINCT c.entity_type, c.id FROM sag_reminders r
        JOIN sag_reminder_times t ON t.reminder_id = r.id AND t.next_check_at IS NULL
        JOIN cases c ON c.entity_type = r.entity_type AND c.id = r.sag_id
        WHERE r.trigger_type = 'deadline_approaching' AND r.is_active AND r.deleted_at IS NULL
            AND c.entity_type = columns ->> 'entity_type' AND c.deadline > now() AND c.closed_at IS NULL
            AND c.deleted_at IS NULL) unplanned;
    RETURN count;
END $$;
