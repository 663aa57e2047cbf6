-- When a reminder is due next, and what became of it so far, in a narrow table of its own. Firing changed the whole row of
-- sag_reminders before, with an entry in each of its indexes and a look at each of its constraints.

CREATE TABLE sag_reminder_times (
    reminder_id      bigint PRIMARY KEY,
    turn_of          text NOT NULL,
    next_check_at    timestamptz,
    replanned_at     timestamptz,
    last_fired_at    timestamptz,
    fired_count      bigint NOT NULL DEFAULT 0,
    set_aside_at     timestamptz,
    set_aside_reason text,
    set_aside_due_at timestamptz,
    CONSTRAINT sag_reminder_times_set_aside_have_a_reason
        CHECK (num_nulls(set_aside_at, set_aside_reason, set_aside_due_at) IN (0, 3))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
COMMENT ON TABLE sag_reminder_times IS
    'One row for each reminder, written with it by trigger: what the schedulers keep. sag_reminders is what people said.';
COMMENT ON COLUMN sag_reminder_times.turn_of IS
    'Whose turn it takes when more is due than fits: whoever created it, else the first it is for.';
COMMENT ON COLUMN sag_reminder_times.next_check_at IS 'When it is due next; NULL when nothing more is to come.';
COMMENT ON COLUMN sag_reminder_times.replanned_at IS
    'When a change made the series be planned anew; what lies before it was not missed. While next_check_at is the same '
    'time, a scheduler has yet to find the next one. Whoever sets next_check_at in a change sets this too.';
COMMENT ON COLUMN sag_reminder_times.set_aside_at IS
    'When a scheduler set it aside because it could not be read or planned, or could not be written twice: set_aside_reason '
    'says why, set_aside_due_at when it was due. It goes on from there once it is changed, or released with '
    'reminders set-aside release.';

INSERT INTO sag_reminder_times (reminder_id, turn_of, next_check_at, replanned_at, last_fired_at, fired_count, set_aside_at,
    set_aside_reason, set_aside_due_at)
SELECT id, turn_of, next_check_at, replanned_at, last_fired_at, fired_count, set_aside_at, set_aside_reason, set_aside_due_at
FROM sag_reminders;

CREATE INDEX sag_reminder_times_due ON sag_reminder_times (next_check_at) WHERE next_check_at IS NOT NULL;
-- So that whoever has much due waits for themselves: theirs can be read apart from everybody else's. turn_of is never
-- NULL; that it is said here keeps whoever does not ask for people from reading all that is due by this index.
CREATE INDEX sag_reminder_times_turns ON sag_reminder_times (turn_of, next_check_at)
    WHERE next_check_at IS NOT NULL AND turn_of IS NOT NULL;
CREATE INDEX sag_reminder_times_set_aside ON sag_reminder_times (set_aside_at) WHERE set_aside_at IS NOT NULL;

GRANT SELECT, UPDATE ON sag_reminder_times TO reminders_scheduler, reminders_api;

-- What reads or calls the columns that go; functions and views are made anew after the migrations.
DROP VIEW IF EXISTS v_pending_reminders, reminders, overdue_occurrences CASCADE;
DROP TRIGGER IF EXISTS sag_reminders_notify_inserted ON sag_reminders;
DROP TRIGGER IF EXISTS sag_reminders_notify_updated ON sag_reminders;
DROP FUNCTION IF EXISTS sag_reminders_notify();

ALTER TABLE sag_reminders
    DROP COLUMN next_check_at, DROP COLUMN replanned_at, DROP COLUMN last_fired_at, DROP COLUMN fired_count,
    DROP COLUMN set_aside_at, DROP COLUMN set_aside_reason, DROP COLUMN set_aside_due_at, DROP COLUMN turn_of,
    ADD COLUMN planned_for timestamptz, ADD COLUMN first_planned_for timestamptz;
COMMENT ON COLUMN sag_reminders.first_planned_for IS
    'When it was to be due first, as it was made; NULL for what waited for an event then, or was made before this column.';
COMMENT ON COLUMN sag_reminders.planned_for IS
    'Said in a statement, and never kept: when it is to be due next, where that is not what follows from the rest.';

-- Deciding says that it was published too, which most often spares a change of the row.
GRANT UPDATE (published_at) ON sag_reminder_queue TO reminders_rate_limiter;
