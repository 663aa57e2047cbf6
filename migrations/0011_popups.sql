-- What people see in the browser: a pop-up for each occurrence and person, until that person settles it or nobody wants
-- it any more.

CREATE TABLE popups (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id       text NOT NULL,
    occurrence_id bigint NOT NULL,
    delivery_id   uuid NOT NULL,
    reminder_id   bigint NOT NULL,
    title         text NOT NULL,
    message       text,
    priority      text NOT NULL DEFAULT 'normal' CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
    entity_type   text NOT NULL,
    case_id       text NOT NULL,
    case_title    text,
    case_status   text,
    url           text,
    trigger_type  text NOT NULL CHECK (trigger_type IN ('time_based', 'status_change', 'deadline_approaching')),
    recurring     boolean NOT NULL DEFAULT false,
    due_at        timestamptz NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    settled_at    timestamptz,
    settled_how   text CHECK (settled_how IN ('snoozed', 'dismissed', 'acknowledged', 'withdrawn')),
    UNIQUE (occurrence_id, user_id),
    CONSTRAINT popups_are_settled_somehow CHECK ((settled_at IS NULL) = (settled_how IS NULL))
);
COMMENT ON COLUMN popups.id IS 'Also the id of the event on the person''s stream: a later pop-up has the higher one.';
COMMENT ON COLUMN popups.title IS
    'As the reminder and its case were when it was delivered, like the columns up to trigger_type.';
COMMENT ON COLUMN popups.recurring IS 'The reminder may fire again.';
COMMENT ON COLUMN popups.settled_how IS
    'What the person did; withdrawn: the reminder was deleted, switched off or given to others, or its case closed.';

-- These two hold only what is pending, so they stay small however much history there is.
CREATE INDEX popups_pending ON popups (user_id, id) WHERE settled_at IS NULL;
CREATE INDEX popups_of_reminder ON popups (reminder_id, user_id) WHERE settled_at IS NULL;
-- For taking back what settled them last.
CREATE INDEX popups_settled ON popups (reminder_id, user_id, settled_at) WHERE settled_at IS NOT NULL;

-- Tells every frontend-push, in the transaction that settles them, whose pop-ups are to go from the screens:
-- {"user": "1", "kind": "dismissed", "ids": [41, 42]}; kind restored says that they are pending again. A notification
-- holds 8,000 bytes: 200 ids and the longest user id.
CREATE FUNCTION popups_tell_settled() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('reminders_popups',
        jsonb_build_object('user', user_id, 'kind', coalesce(settled_how, 'restored'),
            'ids', jsonb_agg(id ORDER BY id))::text)
    FROM (
        SELECT user_id, settled_how, id,
            (row_number() OVER (PARTITION BY user_id, settled_how ORDER BY id) - 1) / 200 AS part
        FROM changed) settled
    GROUP BY user_id, settled_how, part;
    RETURN NULL;
END $$;

CREATE TRIGGER popups_tell_settled AFTER UPDATE ON popups
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION popups_tell_settled();

-- As the decision withdraws what waits, so what is on the screens goes, whoever changed the reminder or the case: at
-- commit, so that nobody who settles a pop-up has to wait for a long transaction, and by what is true then.
CREATE FUNCTION sag_reminders_withdraw_popups() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
    UPDATE popups p SET settled_at = now(), settled_how = 'withdrawn'
    FROM sag_reminders r
    WHERE r.id = NEW.id AND p.reminder_id = r.id AND p.settled_at IS NULL
        AND (NOT r.is_active OR r.deleted_at IS NOT NULL OR p.user_id <> ALL (r.recipient_user_ids));
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER sag_reminders_withdraw_popups
    AFTER UPDATE OF is_active, deleted_at, recipient_user_ids ON sag_reminders
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NOT NEW.is_active OR NEW.deleted_at IS NOT NULL
        OR NEW.recipient_user_ids IS DISTINCT FROM OLD.recipient_user_ids)
    EXECUTE FUNCTION sag_reminders_withdraw_popups();

-- A reminder about the status that closes a case stays, as it is sent although the case is closed.
CREATE FUNCTION cases_withdraw_popups() RETURNS trigger
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

CREATE CONSTRAINT TRIGGER cases_withdraw_popups AFTER UPDATE OF status, closed_at, deleted_at ON cases
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.closed_at IS NOT NULL OR NEW.deleted_at IS NOT NULL)
    EXECUTE FUNCTION cases_withdraw_popups();

-- Whoever created a reminder and everybody it is for, in one index.
CREATE INDEX sag_reminders_of_person ON sag_reminders USING gin (array_append(recipient_user_ids, created_by));

GRANT SELECT, UPDATE (settled_at, settled_how) ON popups TO reminders_api;
GRANT SELECT, INSERT, UPDATE ON popups TO reminders_frontend_push;
GRANT SELECT (id, trigger_type, recurrence_type) ON sag_reminders TO reminders_frontend_push;

REVOKE EXECUTE ON FUNCTION popups_tell_settled(), sag_reminders_withdraw_popups(), cases_withdraw_popups() FROM PUBLIC;
