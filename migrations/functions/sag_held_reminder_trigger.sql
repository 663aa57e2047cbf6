-- After a change, at commit and by what is true then: what waits is decided about again, and what nobody wants any more
-- goes from the screens.
CREATE OR REPLACE FUNCTION sag_held_reminder_trigger() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    reminders bigint[];
    people text[];
    triggers text[];
BEGIN
    CASE TG_TABLE_NAME
    WHEN 'sag_reminders' THEN
        reminders := ARRAY[NEW.id];
        people := OLD.recipients || NEW.recipients;
    WHEN 'sag_reminder_responses' THEN
        reminders := ARRAY[NEW.reminder_id];
        people := ARRAY[NEW.user_id];
    WHEN 'user_notification_preferences' THEN
        people := ARRAY[coalesce(NEW.user_id, OLD.user_id)];
    WHEN 'users' THEN
        people := ARRAY[NEW.id];
    WHEN 'cases' THEN
        -- A case that becomes known may be another than anybody thought in every respect.
        triggers := CASE
            WHEN TG_OP = 'INSERT'
                OR (OLD.closed_at IS NULL, OLD.deleted_at IS NULL) <> (NEW.closed_at IS NULL, NEW.deleted_at IS NULL)
                THEN ARRAY['deadline_approaching', 'status_change', 'time_based']
            ELSE array_remove(ARRAY[
                CASE WHEN OLD.deadline IS DISTINCT FROM NEW.deadline THEN 'deadline_approaching' END,
                CASE WHEN OLD.status IS DISTINCT FROM NEW.status THEN 'status_change' END], NULL) END;
        PERFORM begin_work_on_case(NEW.entity_type, NEW.id, 'decide', triggers);
        RETURN NULL;
    END CASE;
    PERFORM decide_held_again(people, reminders);
    IF reminders IS NOT NULL THEN
        PERFORM withdraw_popups(reminders);
    END IF;
    RETURN NULL;
END $$;

-- Triggers need no right to run it. Whoever could put it on a table of their own could write through it into ours.
REVOKE EXECUTE ON FUNCTION sag_held_reminder_trigger() FROM PUBLIC;

DROP TRIGGER IF EXISTS sag_held_reminder_changed ON sag_reminders;
CREATE CONSTRAINT TRIGGER sag_held_reminder_changed
    AFTER UPDATE OF is_active, deleted_at, entity_type, sag_id, priority, recipient_user_ids, recipient_emails,
        notify_email, notify_mattermost, notify_frontend, notify_others, notify_not, override_user_preferences, maximum_lateness
    ON sag_reminders
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.is_active, OLD.deleted_at IS NULL, OLD.entity_type, OLD.sag_id, OLD.priority, OLD.recipients,
           OLD.notify_email, OLD.notify_mattermost, OLD.notify_frontend, OLD.notify_others, OLD.notify_not,
           OLD.override_user_preferences, OLD.maximum_lateness)
          IS DISTINCT FROM (NEW.is_active, NEW.deleted_at IS NULL, NEW.entity_type, NEW.sag_id, NEW.priority, NEW.recipients, NEW.notify_email,
           NEW.notify_mattermost, NEW.notify_frontend, NEW.notify_others, NEW.notify_not, NEW.override_user_preferences, NEW.maximum_lateness))
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
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sag_held_reminder_trigger();

DROP TRIGGER IF EXISTS sag_held_reminder_case_changed ON cases;
CREATE CONSTRAINT TRIGGER sag_held_reminder_case_changed AFTER UPDATE ON cases
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.closed_at IS NULL, OLD.deleted_at IS NULL, OLD.status, OLD.deadline)
          IS DISTINCT FROM (NEW.closed_at IS NULL, NEW.deleted_at IS NULL, NEW.status, NEW.deadline))
    EXECUTE FUNCTION sag_held_reminder_trigger();

