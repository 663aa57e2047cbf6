-- Deadlines, snoozes that wake up, series that are planned anew, and what is held being decided again.
--
-- Functions here that write for whoever changed a row run with their owner's rights, and nobody may call them directly.
-- What other transactions could have to wait for is done at commit, by deferred triggers.

-- MARK: local times

-- The moment a local time stands for, as RFC 5545 has it and as the Swift side computes it: of a time that clocks show
-- twice the first, while AT TIME ZONE takes the second; one that they skip moves forward by the gap.
CREATE FUNCTION instant_of_local(local timestamp, zone text) RETURNS timestamptz
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN by_earlier_offset AT TIME ZONE zone = local THEN by_earlier_offset ELSE local AT TIME ZONE zone END
    FROM (SELECT CASE WHEN isfinite(local) THEN
            -- The offset of a day before: what still counts when clocks go back.
            (local - (((local - interval '1 day') AT TIME ZONE 'UTC' AT TIME ZONE zone) - (local - interval '1 day')))
            AT TIME ZONE 'UTC' END) AS a_day_before (by_earlier_offset)
$$;

-- MARK: what trigger_config may say

-- days_before, hours_before and minutes_before: whole numbers of ten years at the most, together more than nothing.
-- Without any of them it is 24 hours.
CREATE FUNCTION is_lead_time(config jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT jsonb_typeof(config) = 'object' AND (
        SELECT coalesce(bool_and(CASE key WHEN 'days_before' THEN number <= 3650 WHEN 'hours_before' THEN number <= 87600
                                          WHEN 'minutes_before' THEN number <= 5256000 ELSE false END), true)
            AND coalesce(sum(number) > 0, true)
        FROM (SELECT key, CASE WHEN value::text ~ '^[0-9]{1,7}$' THEN value::text::integer ELSE 2147483647 END::bigint
              FROM jsonb_each(CASE jsonb_typeof(config) WHEN 'object' THEN config ELSE '{}' END)) part (key, number))
$$;

-- target_status and from_status: texts of 1 to 100 characters. Without them every change counts.
CREATE FUNCTION is_status_condition(config jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT jsonb_typeof(config) = 'object' AND (
        SELECT coalesce(bool_and(key IN ('target_status', 'from_status') AND jsonb_typeof(value) = 'string'
                                 AND char_length(value #>> '{}') BETWEEN 1 AND 100), true)
        FROM jsonb_each(CASE jsonb_typeof(config) WHEN 'object' THEN config ELSE '{}' END))
$$;

ALTER TABLE sag_reminders
    ADD CONSTRAINT sag_reminders_trigger_config_is_a_lead_time
        CHECK (trigger_type <> 'deadline_approaching' OR is_lead_time(trigger_config)),
    ADD CONSTRAINT sag_reminders_trigger_config_is_a_status_condition
        CHECK (trigger_type <> 'status_change' OR is_status_condition(trigger_config)),
    ADD COLUMN replanned_at timestamptz;
COMMENT ON COLUMN sag_reminders.trigger_config IS
    'deadline_approaching: days_before (calendar days on the clock of time_zone), hours_before, minutes_before; '
    'status_change: target_status, from_status.';
COMMENT ON COLUMN sag_reminders.replanned_at IS
    'When a change made the series be planned anew; what lies before it was not missed. While next_check_at is the same '
    'time, a scheduler has yet to find the next one. Whoever sets next_check_at in a change sets this too.';

-- MARK: deadlines

ALTER TABLE sag_reminder_queue ADD COLUMN deadline timestamptz;
COMMENT ON COLUMN sag_reminder_queue.deadline IS
    'The deadline an occurrence of deadline_approaching was planned for: it is withdrawn when the case has another one.';

-- When a reminder of this deadline is due: calendar days back on the clock of the zone, then hours and minutes of 60
-- minutes and 60 seconds. Domain.LeadTime computes the same.
CREATE FUNCTION deadline_reminder_moment(deadline timestamptz, config jsonb, zone text) RETURNS timestamptz
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN coalesce((config ->> 'days_before')::integer, 0) = 0 THEN deadline
                ELSE instant_of_local((deadline AT TIME ZONE zone) - (config ->> 'days_before')::integer * interval '1 day',
                                      zone) END
        - make_interval(hours => CASE WHEN config = '{}' THEN 24 ELSE coalesce((config ->> 'hours_before')::integer, 0) END,
                        mins => coalesce((config ->> 'minutes_before')::integer, 0))
$$;

-- When it is to be looked at: now if that moment is over and the deadline is not; never if the deadline is over, or was
-- told of from that moment on. A reminder that now comes nearer to its deadline than it did is told once more.
CREATE FUNCTION next_deadline_check(reminder_id bigint, config jsonb, zone text, deadline timestamptz)
RETURNS timestamptz
LANGUAGE plpgsql AS $$
DECLARE
    moment timestamptz;
BEGIN
    IF deadline IS NULL OR NOT isfinite(deadline) OR deadline <= now() OR NOT is_lead_time(config) THEN
        RETURN NULL;
    END IF;
    moment := deadline_reminder_moment(deadline, config, zone);
    IF EXISTS (
        SELECT FROM sag_reminder_queue q
        WHERE q.reminder_id = next_deadline_check.reminder_id AND q.trigger_type <> 'status_change'
            AND q.only_recipient IS NULL AND q.due_at >= moment AND q.deadline = next_deadline_check.deadline) THEN
        RETURN NULL;
    END IF;
    RETURN greatest(moment, now());
END $$;

-- Plans the deadline reminders of one case by what the case says now. It touches all of them, also those whose time
-- stays: a concurrent change of such a reminder is waited for, and then sees or has seen the same deadline.
CREATE FUNCTION plan_deadline_reminders(about_type text, about_id text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    case_deadline timestamptz;
    is_near boolean;
BEGIN
    SELECT c.deadline INTO case_deadline FROM cases c
    WHERE c.entity_type = about_type AND c.id = about_id AND c.closed_at IS NULL AND c.deleted_at IS NULL;
    WITH planned AS (
        UPDATE sag_reminders r
        SET next_check_at = CASE WHEN r.is_active AND r.deleted_at IS NULL
            THEN next_deadline_check(r.id, r.trigger_config, r.time_zone, case_deadline) END
        WHERE r.sag_id = about_id AND r.entity_type = about_type AND r.trigger_type = 'deadline_approaching'
        RETURNING r.next_check_at)
    SELECT bool_or(next_check_at < now() + interval '61 minutes') INTO is_near FROM planned;
    IF is_near THEN
        PERFORM pg_notify('reminders_due', '');
    END IF;
END $$;

CREATE FUNCTION sag_deadline_reminder_trigger() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND (OLD.entity_type, OLD.id) <> (NEW.entity_type, NEW.id) THEN
        PERFORM plan_deadline_reminders(OLD.entity_type, OLD.id);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM plan_deadline_reminders(NEW.entity_type, NEW.id);
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER sag_deadline_reminder_inserted AFTER INSERT ON cases
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.deadline IS NOT NULL)
    EXECUTE FUNCTION sag_deadline_reminder_trigger();
CREATE CONSTRAINT TRIGGER sag_deadline_reminder_updated AFTER UPDATE ON cases
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.deadline, OLD.closed_at IS NULL, OLD.deleted_at IS NULL, OLD.entity_type, OLD.id)
          IS DISTINCT FROM (NEW.deadline, NEW.closed_at IS NULL, NEW.deleted_at IS NULL, NEW.entity_type, NEW.id))
    EXECUTE FUNCTION sag_deadline_reminder_trigger();
CREATE CONSTRAINT TRIGGER sag_deadline_reminder_deleted AFTER DELETE ON cases
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.deadline IS NOT NULL)
    EXECUTE FUNCTION sag_deadline_reminder_trigger();

-- MARK: filling in reminders

-- Fills in what follows from the rest, so that plain SQL can create and change a reminder: recipients, the anchor as
-- local time and as moment, and the next time.
--
-- A changed series is planned anew: from its anchor if that is yet to come, and otherwise from now (or from where it
-- was due and nobody had looked), which a scheduler turns into its next time without making up for what lies before.
-- What is over stays over, unless its new time is yet to come.
CREATE OR REPLACE FUNCTION sag_reminders_fill_in() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    is_planned_anew boolean := TG_OP = 'INSERT';
    -- Until when the reminder waited, as a timed one; NULL if it did not.
    waited_for timestamptz;
    case_deadline timestamptz;
BEGIN
    NEW.recipients := ARRAY(
        SELECT DISTINCT recipient FROM (
            SELECT unnest(NEW.recipient_user_ids) AS recipient
            UNION ALL SELECT 'mailto:' || lower(address) FROM unnest(NEW.recipient_emails) address) everybody
        ORDER BY recipient);
    IF TG_OP = 'UPDATE' THEN
        NEW.updated_at := now();
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

    IF NOT NEW.is_active OR NEW.deleted_at IS NOT NULL OR NEW.trigger_type = 'status_change' THEN
        NEW.next_check_at := NULL;

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
            NEW.next_check_at := next_deadline_check(NEW.id, NEW.trigger_config, NEW.time_zone, case_deadline);
        END IF;

    ELSIF TG_OP = 'INSERT' THEN
        IF NEW.next_check_at IS NOT NULL THEN
            NULL;  -- planned by whoever inserts it
        ELSIF NEW.recurrence_type = 'once' OR NEW.scheduled_at > now() - interval '5 minutes' THEN
            NEW.next_check_at := NEW.scheduled_at;
        ELSE
            NEW.replanned_at := now();
            NEW.next_check_at := NEW.replanned_at;
        END IF;

    ELSIF (is_planned_anew OR (OLD.scheduled_at, OLD.scheduled_local, OLD.recurrence_type, OLD.rrule, OLD.exdates,
                               OLD.month_end)
            IS DISTINCT FROM (NEW.scheduled_at, NEW.scheduled_local, NEW.recurrence_type, NEW.rrule, NEW.exdates,
                              NEW.month_end))
        AND NEW.next_check_at IS NOT DISTINCT FROM OLD.next_check_at
        AND NEW.replanned_at IS NOT DISTINCT FROM OLD.replanned_at THEN
        waited_for := CASE OLD.trigger_type WHEN 'time_based' THEN OLD.next_check_at END;
        IF NEW.scheduled_at >= now()
            OR NEW.recurrence_type = 'once' AND OLD.recurrence_type = 'once' AND waited_for IS NOT NULL THEN
            NEW.next_check_at := NEW.scheduled_at;
        ELSIF NEW.recurrence_type = 'once' THEN
            NEW.next_check_at := NULL;
        ELSE
            NEW.replanned_at := least(waited_for, now());
            NEW.next_check_at := NEW.replanned_at;
        END IF;
    END IF;
    RETURN NEW;
END $$;

-- Not on next_check_at, last_fired_at and fired_count: those are the scheduler's own, many at a time.
DROP TRIGGER sag_reminders_fill_in_updated ON sag_reminders;
CREATE TRIGGER sag_reminders_fill_in_updated
    BEFORE UPDATE OF entity_type, sag_id, title, message, priority, trigger_type, trigger_config, recipient_user_ids,
        recipient_emails, notify_email, notify_mattermost, notify_frontend, override_user_preferences, recurrence_type,
        rrule, exdates, month_end, time_zone, scheduled_at, scheduled_local, catch_up, maximum_lateness, is_active,
        deleted_at
    ON sag_reminders
    FOR EACH ROW EXECUTE FUNCTION sag_reminders_fill_in();

DROP TRIGGER sag_reminders_notify_updated ON sag_reminders;
CREATE TRIGGER sag_reminders_notify_updated
    AFTER UPDATE OF entity_type, sag_id, trigger_type, trigger_config, recurrence_type, rrule, exdates, month_end,
        time_zone, scheduled_at, scheduled_local, is_active, deleted_at
    ON sag_reminders
    FOR EACH ROW WHEN (NEW.next_check_at < now() + interval '61 minutes')
    EXECUTE FUNCTION sag_reminders_notify();

-- MARK: snoozes

CREATE INDEX sag_reminder_queue_wake_ups ON sag_reminder_queue (reminder_id, only_recipient)
    WHERE only_recipient IS NOT NULL AND published_at IS NULL;

-- Keeps the one occurrence that wakes a person from their snooze. One that a scheduler has claimed and not marked yet
-- goes too: its message finds no occurrence, and is dropped.
CREATE FUNCTION sag_snooze_reminder_trigger() RETURNS trigger
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
    INSERT INTO sag_reminder_queue
        (reminder_id, trigger_type, due_at, available_at, only_recipient, old_status, new_status, deadline)
    SELECT r.id, r.trigger_type, NEW.snoozed_until, NEW.snoozed_until, NEW.user_id, change.old_status, change.new_status,
        CASE r.trigger_type WHEN 'deadline_approaching' THEN c.deadline END
    FROM sag_reminders r
    LEFT JOIN cases c ON c.entity_type = r.entity_type AND c.id = r.sag_id
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

CREATE TRIGGER sag_snooze_reminder_inserted AFTER INSERT ON sag_reminder_responses
    FOR EACH ROW WHEN (NEW.snoozed_until IS NOT NULL)
    EXECUTE FUNCTION sag_snooze_reminder_trigger();
CREATE TRIGGER sag_snooze_reminder_updated AFTER UPDATE ON sag_reminder_responses
    FOR EACH ROW WHEN (OLD.snoozed_until IS DISTINCT FROM NEW.snoozed_until
                       OR (OLD.dismissed_at IS NULL) <> (NEW.dismissed_at IS NULL)
                          AND (NEW.dismissed_at IS NOT NULL OR NEW.snoozed_until > now()))
    EXECUTE FUNCTION sag_snooze_reminder_trigger();
CREATE TRIGGER sag_snooze_reminder_deleted AFTER DELETE ON sag_reminder_responses
    FOR EACH ROW WHEN (OLD.snoozed_until IS NOT NULL)
    EXECUTE FUNCTION sag_snooze_reminder_trigger();

-- MARK: deciding again what is held

-- Lets rate-limiters, which look once a second, decide again about what these people wait for. Rows that one of them is
-- at right now are left: nobody's transaction waits here, and those are looked at when their hold ends.
--
-- Parameter about: only of these reminders; NULL: of all.
CREATE FUNCTION decide_held_again(who text[], about bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    UPDATE deliveries d SET release_at = now()
    FROM (
        SELECT occurrence_id, recipient, channel FROM deliveries
        WHERE recipient = ANY (who) AND release_at > now() AND state = 'held'
            AND (about IS NULL OR reminder_id = ANY (about))
        FOR UPDATE SKIP LOCKED OFFSET 0) held
    WHERE d.occurrence_id = held.occurrence_id AND d.recipient = held.recipient AND d.channel = held.channel;
END $$;

CREATE FUNCTION sag_held_reminder_trigger() RETURNS trigger
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
            AND ((OLD.closed_at IS NULL, OLD.deleted_at IS NULL) <> (NEW.closed_at IS NULL, NEW.deleted_at IS NULL)
                 OR r.trigger_type = 'status_change' AND OLD.status IS DISTINCT FROM NEW.status
                 OR r.trigger_type = 'deadline_approaching' AND OLD.deadline IS DISTINCT FROM NEW.deadline);
    END CASE;
    RETURN NULL;
END $$;

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
CREATE CONSTRAINT TRIGGER sag_held_reminder_answered AFTER INSERT ON sag_reminder_responses
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.snoozed_until IS NOT NULL OR NEW.dismissed_at IS NOT NULL)
    EXECUTE FUNCTION sag_held_reminder_trigger();
CREATE CONSTRAINT TRIGGER sag_held_reminder_answered_again AFTER UPDATE ON sag_reminder_responses
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.snoozed_until, OLD.dismissed_at) IS DISTINCT FROM (NEW.snoozed_until, NEW.dismissed_at))
    EXECUTE FUNCTION sag_held_reminder_trigger();
CREATE CONSTRAINT TRIGGER sag_held_reminder_preferred AFTER INSERT OR UPDATE OR DELETE ON user_notification_preferences
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sag_held_reminder_trigger();
CREATE CONSTRAINT TRIGGER sag_held_reminder_moved AFTER UPDATE ON users
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.time_zone, OLD.deleted_at IS NULL) IS DISTINCT FROM (NEW.time_zone, NEW.deleted_at IS NULL))
    EXECUTE FUNCTION sag_held_reminder_trigger();
CREATE CONSTRAINT TRIGGER sag_held_reminder_case_changed AFTER UPDATE ON cases
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.closed_at IS NULL, OLD.deleted_at IS NULL, OLD.status, OLD.deadline)
          IS DISTINCT FROM (NEW.closed_at IS NULL, NEW.deleted_at IS NULL, NEW.status, NEW.deadline))
    EXECUTE FUNCTION sag_held_reminder_trigger();

-- MARK: the log

ALTER TABLE sag_reminder_logs DROP CONSTRAINT sag_reminder_logs_kind_check;
ALTER TABLE sag_reminder_logs ADD CONSTRAINT sag_reminder_logs_kind_check
    CHECK (kind IN ('delivery', 'attempt', 'held', 'skipped', 'snooze', 'dismiss', 'acknowledge', 'changed', 'deleted',
                    'marked_sent'));
COMMENT ON COLUMN sag_reminder_logs.kind IS
    'delivery: the one final record of a delivery; attempt: a try that did not end it; held: it waits, and why; '
    'skipped: occurrences that fell due while nothing ran and were not made up for; snooze, dismiss, acknowledge: what a '
    'person did for themselves; changed, deleted, marked_sent: what somebody did to the reminder.';

-- MARK: rights

-- Triggers need no right to run their functions. Whoever could put them on a table of their own could write through
-- them into ours.
REVOKE EXECUTE ON FUNCTION sag_reminders_fill_in(), sag_status_change_reminder_trigger(), sag_deadline_reminder_trigger(),
    sag_snooze_reminder_trigger(), sag_held_reminder_trigger(),
    plan_deadline_reminders(text, text), decide_held_again(text[], bigint[]) FROM PUBLIC;
