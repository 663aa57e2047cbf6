-- A reminder about the status that closes a case stays, as it is sent although the case is closed.
CREATE OR REPLACE FUNCTION cases_withdraw_popups() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    UPDATE popups p SET settled_at = now(), settled_how = 'withdrawn'
    FROM cases c
    JOIN sag_reminders r ON r.sag_id = c.id AND r.entity_type = c.entity_type
    WHERE c.entity_type = NEW.entity_type AND c.id = NEW.id AND p.reminder_id = r.id AND p.settled_at IS NULL
        AND (c.deleted_at IS NOT NULL
            OR c.closed_at IS NOT NULL
                AND (p.trigger_type <> 'status_change' OR p.case_status IS DISTINCT FROM c.status));
    RETURN NULL;
END $$;

-- Triggers need no right to run it. Whoever could put it on a table of their own could write through it into ours.
REVOKE EXECUTE ON FUNCTION cases_withdraw_popups() FROM PUBLIC;

DROP TRIGGER IF EXISTS cases_withdraw_popups ON cases;
CREATE CONSTRAINT TRIGGER cases_withdraw_popups AFTER INSERT OR UPDATE OF status, closed_at, deleted_at ON cases
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.closed_at IS NOT NULL OR NEW.deleted_at IS NOT NULL)
    EXECUTE FUNCTION cases_withdraw_popups();
