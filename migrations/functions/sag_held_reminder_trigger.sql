CREATE OR REPLACE FUNCTION sag_held_reminder_trigger() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    CASE TG_TABLE_NAME
    WHEN 'sag_reminders' THEN
        PERFORM decide_held_again(OLD.recipients || NEW.recipients, ARRAY[NEW.id]);
    WHEN 'sag_reminder_responses' THEN
        PERFORM decide_held_again(ARRAY[NEW.user_id], ARRAY[NEW.reminder_id]);
    WHEN 'user_notification_preferences' THEN
        PERFORM decide_held_again(ARRAY[coalesce(NEW.user_id, OLD.user_id)], NULL);
    WHEN 'users' THEN
        PERFORM decide_held_again(ARRAY[NEW.id], NULL);
    WHEN 'cases' THEN
        PERFORM decide_held_again(array_agg(DISTINCT recipient), array_agg(DISTINCT r.id))
        FROM sag_reminders r CROSS JOIN LATERAL unnest(r.recipients) recipient
        WHERE r.sag_id = NEW.id AND r.entity_type = NEW.entity_type
            AND (TG_OP = 'INSERT'
                 OR (OLD.closed_at IS NULL, OLD.deleted_at IS NULL) <> (NEW.closed_at IS NULL, NEW.deleted_at IS NULL)
                 OR r.trigger_type = 'status_change' AND OLD.status IS DISTINCT FROM NEW.status
                 OR r.trigger_type = 'deadline_approaching' AND OLD.deadline IS DISTINCT FROM NEW.deadline);
    END CASE;
    RETURN NULL;
END $$;

-- Triggers need no right to run it. Whoever could put it on a table of their own could write through it into ours.
REVOKE EXECUTE ON FUNCTION sag_held_reminder_trigger() FROM PUBLIC;

DROP TRIGGER IF EXISTS sag_held_reminder_changed ON sag_reminders;
CREATE CONSTRAINT TRIGGER sag_held_reminder_changed
    AFTER UPDATE OF is_active, deleted_at, priority, recipient_user_ids, recipient_emails, notify_email,
        notify_mattermost, notify_frontend, override_user_preferences, maximum_lateness
    ON sag_reminders
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.is_active, OLD.deleted_at IS NULL, OLD.priority, OLD.recipients, OLD.notify_email, OLD.notify_mattermost,
           OLD.notify_frontend, OLD.override_user_preferences, OLD.maximum_lateness)
          IS DISTINCT FROM (NEW.is_active, NEW.deleted_at IS NULL, NEW.priority, NEW.recipients, NEW.notify_email,
           NEW.notify_mattermost, NEW.notify_frontend, NEW.override_user_preferences, NEW.maximum_lateness))
    EXECUTE FUNCTION sag_held_reminder_trigger();

DROP TRIGGER IF EXISTS sag_held_reminder_answered ON sag_reminder_responses;
CREATE CONSTRAINT TRIGGER sag_held_reminder_answered AFTER INSERT ON sag_reminder_responses
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.snoozed_until IS NOT NULL OR NEW.dismissed_at IS NOT NULL)
    EXECUTE FUNCTION sag_held_reminder_trigger();

DROP TRIGGER IF EXISTS sag_held_reminder_answered_again ON sag_reminder_responses;
CREATE CONSTRAINT TRIGGER sag_held_reminder_answered_again AFTER UPDATE ON sag_reminder_responses
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.snoozed_until, OLD.dismissed_at) IS DISTINCT FROM (NEW.snoozed_until, NEW.dismissed_at))
    EXECUTE FUNCTION sag_held_reminder_trigger();

DROP TRIGGER IF EXISTS sag_held_reminder_preferred ON user_notification_preferences;
CREATE CONSTRAINT TRIGGER sag_held_reminder_preferred AFTER INSERT OR UPDATE OR DELETE ON user_notification_preferences
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sag_held_reminder_trigger();

DROP TRIGGER IF EXISTS sag_held_reminder_moved ON users;
CREATE CONSTRAINT TRIGGER sag_held_reminder_moved AFTER UPDATE ON users
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.time_zone, OLD.deleted_at IS NULL) IS DISTINCT FROM (NEW.time_zone, NEW.deleted_at IS NULL))
    EXECUTE FUNCTION sag_held_reminder_trigger();

DROP TRIGGER IF EXISTS sag_held_reminder_case_announced ON cases;
CREATE CONSTRAINT TRIGGER sag_held_reminder_case_announced AFTER INSERT ON cases
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.closed_at IS NOT NULL OR NEW.deleted_at IS NOT NULL)
    EXECUTE FUNCTION sag_held_reminder_trigger();

DROP TRIGGER IF EXISTS sag_held_reminder_case_changed ON cases;
CREATE CONSTRAINT TRIGGER sag_held_reminder_case_changed AFTER UPDATE ON cases
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.closed_at IS NULL, OLD.deleted_at IS NULL, OLD.status, OLD.deadline)
          IS DISTINCT FROM (NEW.closed_at IS NULL, NEW.deleted_at IS NULL, NEW.status, NEW.deadline))
    EXECUTE FUNCTION sag_held_reminder_trigger();
