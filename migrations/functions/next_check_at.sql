-- What schedulers keep about a reminder, read as if it were a column of sag_reminders: SELECT r.title, r.next_check_at FROM
-- sag_reminders r. The table's name is needed, and no index is used: to look for what is due, join sag_reminder_times.
CREATE OR REPLACE FUNCTION next_check_at(reminder sag_reminders) RETURNS timestamptz
LANGUAGE sql STABLE AS $$ SELECT t.next_check_at FROM sag_reminder_times t WHERE t.reminder_id = reminder.id $$;

CREATE OR REPLACE FUNCTION last_fired_at(reminder sag_reminders) RETURNS timestamptz
LANGUAGE sql STABLE AS $$ SELECT t.last_fired_at FROM sag_reminder_times t WHERE t.reminder_id = reminder.id $$;

CREATE OR REPLACE FUNCTION fired_count(reminder sag_reminders) RETURNS bigint
LANGUAGE sql STABLE AS $$ SELECT t.fired_count FROM sag_reminder_times t WHERE t.reminder_id = reminder.id $$;
