-- As the decision withdraws what waits, so what is on the screens goes, whoever changed the reminder or the case: at
-- commit, so that nobody who settles a pop-up has to wait for a long transaction, and by what is true then.
CREATE OR REPLACE FUNCTION sag_reminders_withdraw_popups() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    UPDATE popups p SET settled_at = now(), settled_how = 'withdrawn'
    FROM sag_reminders r
    WHERE r.id = NEW.id AND p.reminder_id = r.id AND p.settled_at IS NULL
        AND (NOT r.is_active OR r.deleted_at IS NOT NULL OR p.user_id <> ALL (r.recipient_user_ids));
    RETURN NULL;
END $$;

-- Triggers need no right to run it. Whoever could put it on a table of their own could write through it into ours.
REVOKE EXECUTE ON FUNCTION sag_reminders_withdraw_popups() FROM PUBLIC;

DROP TRIGGER IF EXISTS sag_reminders_withdraw_popups ON sag_reminders;
CREATE CONSTRAINT TRIGGER sag_reminders_withdraw_popups
    AFTER UPDATE OF is_active, deleted_at, recipient_user_ids ON sag_reminders
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NOT NEW.is_active OR NEW.deleted_at IS NOT NULL
        OR NEW.recipient_user_ids IS DISTINCT FROM OLD.recipient_user_ids)
    EXECUTE FUNCTION sag_reminders_withdraw_popups();
