-- How many reminders each person has created lately, so that one token cannot fill the database.
CREATE TABLE creation_quotas (
    creator        text PRIMARY KEY,
    minute         timestamptz NOT NULL,
    in_minute      integer NOT NULL,
    day            timestamptz NOT NULL,
    in_day         integer NOT NULL,
    active_at_most bigint
);
COMMENT ON TABLE creation_quotas IS
    'What take_creations() counts: reminders created in the present minute and day (UTC). Rows of past days are deleted.';
COMMENT ON COLUMN creation_quotas.active_at_most IS
    'No more of theirs may still fire: the number when they were last counted, and those created since. NULL: not counted yet.';
CREATE INDEX creation_quotas_by_day ON creation_quotas (day);
GRANT SELECT, DELETE ON creation_quotas TO reminders_scheduler;

-- What waits for something else than a time; of the rest sag_reminder_times_turns tells whose they are.
CREATE INDEX sag_reminders_waiting_of_creator ON sag_reminders (created_by)
    WHERE trigger_type <> 'time_based' AND is_active AND deleted_at IS NULL AND created_by IS NOT NULL;
