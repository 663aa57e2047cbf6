-- Keeps the one occurrence that wakes a person from their snooze. One that a scheduler has claimed and not marked yet
-- goes too: its message finds no occurrence, and is dropped.
CREATE OR REPLACE FUNCTION sag_snooze_reminder_trigger() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM sag_reminder_queue
        WHERE reminder_id = OLD.reminder_id AND only_recipient = OLD.user_id AND published_at IS NULL;
    END IF;
    IF TG_OP = 'DELETE' OR NEW.dismissed_at IS NOT NULL OR NEW.snoozed_until IS NULL
        OR NOT isfinite(NEW.snoozed_until) THEN
        RETURN NULL;
    END IF;
    PERFORM queue_occurrences(ARRAY[r.id], ARRAY[r.trigger_type], ARRAY[NEW.snoozed_until], only_recipient => NEW.user_id,
        old_status => change.old_status, new_status => change.new_status)
    FROM sag_reminders r
    LEFT JOIN LATERAL (
        SELECT q.old_status, q.new_status FROM sag_reminder_queue q
        WHERE q.reminder_id = r.id AND q.trigger_type = 'status_change' AND r.trigger_type = 'status_change'
        ORDER BY q.id DESC LIMIT 1) change ON true
    WHERE r.id = NEW.reminder_id;
    IF NEW.snoozed_until < now() + interval '61 minutes' THEN
        PERFORM pg_notify('reminders_due', '');
    END IF;
    RETURN NULL;
END $$;

-- Triggers need no right to run it. Whoever could put it on a table of their own could write through it into ours.
REVOKE EXECUTE ON FUNCTION sag_snooze_reminder_trigger() FROM PUBLIC;

DROP TRIGGER IF EXISTS sag_snooze_reminder_inserted ON sag_reminder_responses;
CREATE TRIGGER sag_snooze_reminder_inserted AFTER INSERT ON sag_reminder_responses
    FOR EACH ROW WHEN (NEW.snoozed_until IS NOT NULL)
    EXECUTE FUNCTION sag_snooze_reminder_trigger();

DROP TRIGGER IF EXISTS sag_snooze_reminder_updated ON sag_reminder_responses;
CREATE TRIGGER sag_snooze_reminder_updated AFTER UPDATE ON sag_reminder_responses
    FOR EACH ROW WHEN (OLD.snoozed_until IS DISTINCT FROM NEW.snoozed_until
                       OR (OLD.dismissed_at IS NULL) <> (NEW.dismissed_at IS NULL)
                          AND (NEW.dismissed_at IS NOT NULL OR NEW.snoozed_until > now()))
    EXECUTE FUNCTION sag_snooze_reminder_trigger();

DROP TRIGGER IF EXISTS sag_snooze_reminder_deleted ON sag_reminder_responses;
CREATE TRIGGER sag_snooze_reminder_deleted AFTER DELETE ON sag_reminder_responses
    FOR EACH ROW WHEN (OLD.snoozed_until IS NOT NULL)
    EXECUTE FUNCTION sag_snooze_reminder_trigger();
