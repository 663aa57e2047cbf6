CREATE OR REPLACE FUNCTION sag_deadline_reminder_trigger() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND (OLD.entity_type, OLD.id) <> (NEW.entity_type, NEW.id) THEN
        PERFORM begin_work_on_case(OLD.entity_type, OLD.id, 'plan', '{deadline_approaching}', OLD.deadline);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM begin_work_on_case(NEW.entity_type, NEW.id, 'plan', '{deadline_approaching}',
            CASE TG_OP WHEN 'UPDATE' THEN OLD.deadline END);
    END IF;
    RETURN NULL;
END $$;

-- Triggers need no right to run it. Whoever could put it on a table of their own could write through it into ours.
REVOKE EXECUTE ON FUNCTION sag_deadline_reminder_trigger() FROM PUBLIC;

DROP TRIGGER IF EXISTS sag_deadline_reminder_inserted ON cases;
CREATE CONSTRAINT TRIGGER sag_deadline_reminder_inserted AFTER INSERT ON cases
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.deadline IS NOT NULL)
    EXECUTE FUNCTION sag_deadline_reminder_trigger();

DROP TRIGGER IF EXISTS sag_deadline_reminder_updated ON cases;
CREATE CONSTRAINT TRIGGER sag_deadline_reminder_updated AFTER UPDATE ON cases
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.deadline, OLD.closed_at IS NULL, OLD.deleted_at IS NULL, OLD.entity_type, OLD.id)
          IS DISTINCT FROM (NEW.deadline, NEW.closed_at IS NULL, NEW.deleted_at IS NULL, NEW.entity_type, NEW.id))
    EXECUTE FUNCTION sag_deadline_reminder_trigger();

DROP TRIGGER IF EXISTS sag_deadline_reminder_deleted ON cases;
CREATE CONSTRAINT TRIGGER sag_deadline_reminder_deleted AFTER DELETE ON cases
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.deadline IS NOT NULL)
    EXECUTE FUNCTION sag_deadline_reminder_trigger();
