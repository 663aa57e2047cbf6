-- Fills in what follows from the rest, so that plain SQL can create and change a reminder: recipients, the anchor as
-- local time and as moment, and in sag_reminder_times the next time. Schedulers that may have slept past it are woken: they
-- sleep an hour at the most.
--
-- planned_for is only said, never kept: whoever knows better when it is to be due next says so there.
--
-- A changed series is planned anew: from its anchor if that is yet to come, and otherwise from now (or from where it
-- was due and nobody had looked), which a scheduler turns into its next time without making up for what lies before.
-- What is over stays over, unless its new time is yet to come. What was set aside is tried again once it is changed, from
-- where it was due.
CREATE OR REPLACE FUNCTION sag_reminders_fill_in() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    is_planned_anew boolean := TG_OP = 'INSERT';
    -- Until when the reminder waited, as a timed one; NULL if it did not.
    waited_for timestamptz;
    case_deadline timestamptz;
    times sag_reminder_times;
    -- When it was to be due next, also if it was set aside; and when it is now.
    was_due_at timestamptz;
    next timestamptz := NEW.planned_for;
    is_said boolean := NEW.planned_for IS NOT NULL;
    is_for_one boolean;
    names_address boolean;
BEGIN
    NEW.planned_for := NULL;
    -- Most are for one person: two queries less for each.
    is_for_one := cardinality(NEW.recipient_emails) = 0 AND cardinality(NEW.recipient_user_ids) = 1;
    names_address := starts_with(NEW.recipient_user_ids[1], 'mailto:');
    IF NOT is_for_one THEN
        names_address := EXISTS (SELECT FROM unnest(NEW.recipient_user_ids) id WHERE starts_with(id, 'mailto:'));
    END IF;
    IF names_address THEN
        RAISE EXCEPTION 'sag_reminders.recipient_user_ids names a mail address'
            USING ERRCODE = 'check_violation', TABLE = 'sag_reminders', COLUMN = 'recipient_user_ids',
                HINT = 'Mail addresses go into recipient_emails, without mailto:.';
    END IF;
    IF is_for_one THEN
        NEW.recipients := NEW.recipient_user_ids;
    ELSE
        PERFORM check_mail_address(address, 'sag_reminders.recipient_emails') FROM unnest(NEW.recipient_emails) address;
        NEW.recipients := ARRAY(
            SELECT DISTINCT recipient FROM (
                SELECT unnest(NEW.recipient_user_ids) AS recipient
                UNION ALL SELECT 'mailto:' || lower(address) FROM unnest(NEW.recipient_emails) address) everybody
            ORDER BY recipient);
    END IF;
    IF TG_OP = 'UPDATE' THEN
        NEW.updated_at := now();
        SELECT * INTO times FROM sag_reminder_times t WHERE t.reminder_id = OLD.id FOR UPDATE;
        was_due_at := coalesce(times.next_check_at, times.set_aside_due_at);
        next := coalesce(next, was_due_at);
        IF NEW.scheduled_at IS DISTINCT FROM OLD.scheduled_at
            AND NEW.scheduled_local IS NOT DISTINCT FROM OLD.scheduled_local THEN
            NEW.scheduled_local := NULL;
        ELSIF NEW.scheduled_at IS NOT DISTINCT FROM OLD.scheduled_at
            AND (NEW.scheduled_local, NEW.time_zone) IS DISTINCT FROM (OLD.scheduled_local, OLD.time_zone) THEN
            NEW.scheduled_at := NULL;  -- where both are given, both count: a local time may come twice
        END IF;
        is_planned_anew :=
            (OLD.trigger_type, OLD.time_zone, OLD.is_active, OLD.deleted_at IS NULL)
            IS DISTINCT FROM (NEW.trigger_type, NEW.time_zone, NEW.is_active, NEW.deleted_at IS NULL);
    END IF;
    BEGIN
        NEW.scheduled_local := coalesce(NEW.scheduled_local, NEW.scheduled_at AT TIME ZONE NEW.time_zone);
        NEW.scheduled_at := coalesce(NEW.scheduled_at, instant_of_local(NEW.scheduled_local, NEW.time_zone));
    EXCEPTION WHEN invalid_parameter_value THEN
        RETURN NEW;  -- not a time zone: refused by the constraint, which names the column
    END;

    IF NOT NEW.is_active OR NEW.deleted_at IS NOT NULL
        OR NEW.trigger_type NOT IN ('time_based', 'deadline_approaching') THEN
        next := NULL;  -- all other triggers wait for an event, and not for a time

    ELSIF NEW.trigger_type = 'deadline_approaching' THEN
        IF TG_OP = 'INSERT' OR (OLD.sag_id, OLD.entity_type, OLD.trigger_type)
            <> (NEW.sag_id, NEW.entity_type, NEW.trigger_type) THEN
            is_planned_anew := true;
            -- The case's changes do not see this row yet: none may be committed between reading it and this row's commit.
            PERFORM FROM cases c WHERE c.entity_type = NEW.entity_type AND c.id = NEW.sag_id FOR SHARE;
        END IF;
        IF is_planned_anew OR OLD.trigger_config <> NEW.trigger_config THEN
            SELECT c.deadline INTO case_deadline FROM cases c
            WHERE c.entity_type = NEW.entity_type AND c.id = NEW.sag_id AND c.closed_at IS NULL AND c.deleted_at IS NULL;
            next := next_deadline_check(NEW.id, NEW.trigger_config, NEW.time_zone, case_deadline);
        END IF;

    ELSIF TG_OP = 'INSERT' THEN
        IF is_said THEN
            NULL;
        ELSIF NEW.recurrence_type = 'once' OR NEW.scheduled_at > now() - interval '5 minutes' THEN
            next := NEW.scheduled_at;
        ELSE
            times.replanned_at := now();
            next := times.replanned_at;
        END IF;

    ELSIF (is_planned_anew OR (OLD.scheduled_at, OLD.scheduled_local, OLD.recurrence_type, OLD.rrule, OLD.exdates,
                               OLD.month_end)
            IS DISTINCT FROM (NEW.scheduled_at, NEW.scheduled_local, NEW.recurrence_type, NEW.rrule, NEW.exdates,
                              NEW.month_end))
        AND NOT is_said THEN
        waited_for := CASE OLD.trigger_type WHEN 'time_based' THEN was_due_at END;
        IF NEW.scheduled_at >= now()
            OR NEW.recurrence_type = 'once' AND OLD.recurrence_type = 'once' AND waited_for IS NOT NULL THEN
            next := NEW.scheduled_at;
        ELSIF NEW.recurrence_type = 'once' THEN
            next := NULL;
        ELSE
            times.replanned_at := least(waited_for, now());
            next := times.replanned_at;
        END IF;
    END IF;

    times.turn_of := coalesce(NEW.created_by, NEW.recipient_user_ids[1], lower(NEW.recipient_emails[1]), '');
    IF TG_OP = 'INSERT' THEN
        NEW.first_planned_for := next;
        INSERT INTO sag_reminder_times (reminder_id, turn_of, next_check_at, replanned_at)
        VALUES (NEW.id, times.turn_of, next, times.replanned_at)
        ON CONFLICT DO NOTHING;
    ELSE
        -- Also where the time stays: a scheduler that is at it has read another reminder, and leaves this one alone.
        UPDATE sag_reminder_times t
        SET turn_of = times.turn_of, next_check_at = next, replanned_at = times.replanned_at,
            set_aside_at = NULL, set_aside_reason = NULL, set_aside_due_at = NULL
        WHERE t.reminder_id = NEW.id;
    END IF;
    IF next < now() + interval '61 minutes' AND next IS DISTINCT FROM times.next_check_at THEN
        PERFORM pg_notify('reminders_due', '');
    END IF;
    RETURN NEW;
END $$;

-- Triggers need no right to run it. Whoever could put it on a table of their own could write through it into ours.
REVOKE EXECUTE ON FUNCTION sag_reminders_fill_in() FROM PUBLIC;

DROP TRIGGER IF EXISTS sag_reminders_fill_in_inserted ON sag_reminders;
DROP TRIGGER IF EXISTS sag_reminders_fill_in_updated ON sag_reminders;
DROP TRIGGER IF EXISTS sag_reminders_fill_in ON sag_reminders;
CREATE TRIGGER sag_reminders_fill_in BEFORE INSERT OR UPDATE ON sag_reminders
    FOR EACH ROW EXECUTE FUNCTION sag_reminders_fill_in();
