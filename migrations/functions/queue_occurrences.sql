-- Writes occurrences, for each reminder and time one: what a scheduler fires, as its own to publish (owner, lease), and what a
-- trigger queues for whichever scheduler comes first. What is there already is left out: no index can say so over all
-- partitions, so whoever fires a reminder holds its row in sag_reminder_times before calling this, and two never meet here.
-- Whoever calls it needs the rights on the tables themselves.
--
-- The deadline is read here, and not with a scheduler's claim: whoever changes it has planned the reminder by it, and so has
-- committed, or waits for the rows of this transaction. Of a case that is still being planned (case_work) it is the one from
-- before, so that what fires by it is withdrawn: the deadline has moved.
CREATE OR REPLACE FUNCTION queue_occurrences(
    reminders bigint[], triggers text[], due timestamptz[], owner integer DEFAULT NULL, lease interval DEFAULT NULL,
    only_recipient text DEFAULT NULL, old_status text DEFAULT NULL, new_status text DEFAULT NULL,
    traceparent text DEFAULT NULL
) RETURNS TABLE (id bigint, reminder_id bigint, due_at timestamptz) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    -- One made for a time was made at that time or later, or before numbers began with their day: partitions of the weeks before
    -- the first of these are not even opened.
    oldest constant bigint := first_id_of_day(greatest((SELECT min(time) FROM unnest(due) time) - interval '1 day',
        timestamptz 'epoch'));
BEGIN
    RETURN QUERY
    INSERT INTO sag_reminder_queue AS q (reminder_id, trigger_type, due_at, status, owner, available_at, only_recipient,
        old_status, new_status, traceparent, deadline)
    SELECT wanted.reminder_id, wanted.trigger_type, wanted.due_at,
        CASE WHEN owner IS NULL THEN 'pending' ELSE 'processing' END, owner, coalesce(now() + lease, wanted.due_at),
        only_recipient, old_status, new_status, traceparent,
        CASE wanted.trigger_type WHEN 'deadline_approaching' THEN (
            SELECT coalesce((
                SELECT w.old_deadline FROM case_work w
                WHERE w.entity_type = r.entity_type AND w.case_id = r.sag_id AND w.work = 'plan' AND w.after_id < r.id
                ORDER BY w.id LIMIT 1), c.deadline)
            FROM sag_reminders r JOIN cases c ON c.entity_type = r.entity_type AND c.id = r.sag_id
            WHERE r.id = wanted.reminder_id) END
    FROM unnest(reminders, triggers, due) AS wanted (reminder_id, trigger_type, due_at)
    -- OFFSET 0 keeps the planner from reading all there is once instead.
    WHERE wanted.trigger_type = 'status_change' OR only_recipient IS NOT NULL OR NOT EXISTS (
        SELECT FROM sag_reminder_queue made
        WHERE made.reminder_id = wanted.reminder_id AND made.due_at = wanted.due_at
            AND made.trigger_type <> 'status_change' AND made.only_recipient IS NULL
            AND (made.id < 10000000000 OR made.id >= oldest) AND made.id < first_id_of_day(now() + interval '1 day')
        OFFSET 0)
    RETURNING q.id, q.reminder_id, q.due_at;
END $$;
