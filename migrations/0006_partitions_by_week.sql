-- The queue, the ledger, the log and the pop-ups in partitions of a week each, by the number of the occurrence that a row
-- belongs to: what is older than anybody wants goes by dropping a table. What there is becomes the first partition, as it
-- is. docs/decisions/0035-partitions-by-the-number-of-the-occurrence.md says why so.

LOCK TABLE sag_reminder_queue, deliveries, sag_reminder_logs, popups IN ACCESS EXCLUSIVE MODE;

-- A view keeps to the table it was made on, which will hold old rows only: ours are made anew, others would be wrong.
DO $$
DECLARE
    views text;
BEGIN
    SELECT string_agg(DISTINCT view.oid::regclass::text, ', ') INTO views
    FROM pg_depend d
    JOIN pg_rewrite rule ON d.classid = 'pg_rewrite'::regclass AND rule.oid = d.objid
    JOIN pg_class view ON view.oid = rule.ev_class
    WHERE d.refclassid = 'pg_class'::regclass
        AND d.refobjid IN ('sag_reminder_queue'::regclass, 'deliveries'::regclass, 'sag_reminder_logs'::regclass,
                           'popups'::regclass)
        AND NOT EXISTS (
            SELECT FROM schema_definitions known
            WHERE known.name = 'views/' || CASE view.relnamespace::regnamespace::text WHEN 'public' THEN view.relname
                ELSE view.relnamespace::regnamespace || '.' || view.relname END);
    IF views IS NOT NULL THEN
        RAISE EXCEPTION 'the tables of the queue, the ledger, the log or the pop-ups are read by views that are not ours: %',
            views USING HINT = 'Drop them, migrate, and make them anew: they would go on to show old rows only.';
    END IF;
END $$;

-- MARK: numbers

CREATE SEQUENCE occurrence_numbers MAXVALUE 9999999999 CYCLE;
GRANT USAGE ON SEQUENCE occurrence_numbers TO reminders_scheduler, reminders_api;

-- Partitioned tables have no identity columns: these go on where those were.
DO $$
DECLARE
    last bigint;
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['sag_reminder_logs', 'popups'] LOOP
        EXECUTE format('SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM %I', name || '_id_seq') INTO last;
        EXECUTE format('ALTER TABLE %I ALTER id DROP IDENTITY', name);
        EXECUTE format('CREATE SEQUENCE %I START %s', name || '_id_seq', last + 1);
    END LOOP;
    ALTER TABLE sag_reminder_queue ALTER id DROP IDENTITY;
END $$;
GRANT USAGE ON SEQUENCE sag_reminder_logs_id_seq
    TO reminders_scheduler, reminders_rate_limiter, reminders_sender, reminders_frontend_push, reminders_api;
GRANT USAGE ON SEQUENCE popups_id_seq TO reminders_frontend_push;

-- MARK: the first partitions
--
-- Everything up to the end of this week, so that the numbers say when each partition ends.

ALTER TABLE sag_reminder_logs ADD week integer NOT NULL DEFAULT 0;
ALTER TABLE sag_reminder_logs ADD CONSTRAINT sag_reminder_logs_week_is_of_occurrence
    CHECK (week = week_of_id(occurrence_id));
COMMENT ON COLUMN sag_reminder_logs.week IS
    'By which it is filed: the week of its occurrence''s number; where it has none, that in which it was written.';

-- Made anew on the table as a whole.
DROP TRIGGER IF EXISTS popups_tell_settled ON popups;
DROP TRIGGER IF EXISTS sag_reminder_logs_count ON sag_reminder_logs;
-- Replaced by others.
DROP INDEX sag_reminder_queue_one_per_time, deliveries_id, deliveries_in_line, deliveries_held_of_reminder,
    sag_reminder_logs_one_final;
ALTER TABLE sag_reminder_logs DROP CONSTRAINT sag_reminder_logs_pkey;
ALTER TABLE popups DROP CONSTRAINT popups_pkey;

DO $$
DECLARE
    name text;
    index regclass;
BEGIN
    FOREACH name IN ARRAY ARRAY['sag_reminder_queue', 'deliveries', 'sag_reminder_logs', 'popups'] LOOP
        FOR index IN SELECT indexrelid FROM pg_index WHERE indrelid = name::regclass LOOP
            EXECUTE format('ALTER INDEX %s RENAME TO %I', index, index || '_before');
        END LOOP;
        EXECUTE format('ALTER TABLE %I RENAME TO %I', name, name || '_before');
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE '
            'INCLUDING COMMENTS) PARTITION BY RANGE (%I)', name, name || '_before',
            CASE name WHEN 'sag_reminder_queue' THEN 'id' WHEN 'sag_reminder_logs' THEN 'week' ELSE 'occurrence_id' END);
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (MINVALUE) TO (%s)', name, name || '_before',
            CASE name WHEN 'sag_reminder_logs' THEN week_of_id(first_id_of_day(now())) + 1
                ELSE first_id_of_day(begin_of_week(week_of_id(first_id_of_day(now())) + 1)) END);
        EXECUTE format('REVOKE ALL ON %I FROM reminders_scheduler, reminders_rate_limiter, reminders_sender, '
            'reminders_frontend_push, reminders_api, reminders_reporting', name || '_before');
    END LOOP;
END $$;

-- What has no partition of its own: what is not finished of weeks that were dropped, and whatever comes before its week has
-- been made. Every partition that is made later has the settings of these.
CREATE TABLE sag_reminder_queue_kept PARTITION OF sag_reminder_queue DEFAULT WITH (fillfactor = 70);
CREATE TABLE deliveries_kept PARTITION OF deliveries DEFAULT
    WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05);
CREATE TABLE sag_reminder_logs_kept PARTITION OF sag_reminder_logs DEFAULT;
CREATE TABLE popups_kept PARTITION OF popups DEFAULT;

-- MARK: occurrences

ALTER TABLE sag_reminder_queue ALTER id SET DEFAULT first_id_of_day(clock_timestamp()) + nextval('occurrence_numbers');
COMMENT ON TABLE sag_reminder_queue IS
    'Every occurrence, timed or triggered: a row here before it is a message, and the row''s id is its id for ever.';
COMMENT ON COLUMN sag_reminder_queue.id IS 'It begins with the day: see first_id_of_day().';

ALTER TABLE sag_reminder_queue ADD PRIMARY KEY (id);
CREATE INDEX sag_reminder_queue_unpublished ON sag_reminder_queue (available_at) WHERE published_at IS NULL;
CREATE INDEX sag_reminder_queue_undecided ON sag_reminder_queue (due_at)
    WHERE published_at IS NOT NULL AND processed_at IS NULL;
-- One for each reminder and time: who writes them holds the row of sag_reminder_times and looks by this first.
CREATE INDEX sag_reminder_queue_of_time ON sag_reminder_queue (reminder_id, due_at)
    WHERE trigger_type <> 'status_change' AND only_recipient IS NULL;
CREATE INDEX sag_reminder_queue_of_reminder ON sag_reminder_queue (reminder_id, id)
    WHERE trigger_type = 'status_change' OR only_recipient IS NOT NULL;
CREATE INDEX sag_reminder_queue_wake_ups ON sag_reminder_queue (reminder_id, only_recipient)
    WHERE only_recipient IS NOT NULL AND published_at IS NULL;

GRANT SELECT, INSERT, UPDATE ON sag_reminder_queue TO reminders_scheduler, reminders_api;
GRANT SELECT, UPDATE (status, reason, processed_at, published_at) ON sag_reminder_queue TO reminders_rate_limiter;

-- MARK: the ledger

COMMENT ON TABLE deliveries IS
    'The ledger: one row for each occurrence, recipient, channel and generation, whatever crashes.';

ALTER TABLE deliveries ADD PRIMARY KEY (occurrence_id, recipient, channel, generation);
CREATE INDEX deliveries_release ON deliveries (release_at) WHERE release_at IS NOT NULL;
-- What waits for a person for one reason, those due first in front, of which no more is read than the front; and what
-- waits of a reminder. No condition of an index names the state: PostgreSQL 15 takes a column that one names for an indexed
-- one, and claiming and ending a delivery would write an entry into every index. A statement that finds its rows by key says
-- num_nulls(release_at), so as not to be tempted to read all that waits.
CREATE INDEX deliveries_in_line ON deliveries (recipient, reason, due_at, occurrence_id) WHERE release_at IS NOT NULL;
CREATE INDEX deliveries_held_of_reminder ON deliveries (reminder_id, recipient) WHERE release_at IS NOT NULL;
-- Only what is in a digest is in it, so that all other rows cost nothing.
CREATE INDEX deliveries_of_digest ON deliveries (carrier_occurrence_id, recipient, channel)
    WHERE carrier_occurrence_id IS NOT NULL;
-- Ids of deliveries begin with the time they were made, so this finds one, and what was begun lately.
CREATE INDEX deliveries_id ON deliveries (id, generation);

GRANT SELECT, INSERT, UPDATE ON deliveries TO reminders_rate_limiter;
GRANT INSERT ON deliveries TO reminders_api;
GRANT SELECT ON deliveries TO reminders_sender, reminders_frontend_push, reminders_api;
GRANT UPDATE (state, reason, attempts, deaths, owner, lease_until, reply, finished_at) ON deliveries
    TO reminders_sender, reminders_frontend_push;

-- MARK: the log

ALTER TABLE sag_reminder_logs ALTER id SET DEFAULT nextval('sag_reminder_logs_id_seq'),
    ALTER week SET DEFAULT week_of_id(first_id_of_day(clock_timestamp()));
ALTER SEQUENCE sag_reminder_logs_id_seq OWNED BY sag_reminder_logs.id;

-- The promise itself: a second final record cannot be written. The occurrence says the week, so that both would be in one
-- partition, and meet in its index.
CREATE UNIQUE INDEX sag_reminder_logs_one_final
    ON sag_reminder_logs (occurrence_id, user_id, channel, generation, week) WHERE kind = 'delivery';
CREATE INDEX sag_reminder_logs_id ON sag_reminder_logs (id);
-- Each index is paid for by every delivery, so there are as few as answer every filter; docs/performance.md has what
-- they cost. The log is read newest first, by (created_at, id). A person's records, and everybody's, lie sorted within
-- each outcome and channel: there are few of both, so a reader merges as many short runs as it wants and no filter reads
-- in vain.
CREATE INDEX sag_reminder_logs_of_recipient
    ON sag_reminder_logs (user_id, outcome, channel, created_at, id) WHERE kind = 'delivery';
CREATE INDEX sag_reminder_logs_of_outcome
    ON sag_reminder_logs (outcome, channel, created_at, id) INCLUDE (due_at) WHERE kind = 'delivery';
-- Final records of a reminder, and what happened on the way there, are two questions: two indexes, each row in one of
-- them. What can be filtered by goes with the first, so that rare ones are looked for in the index alone.
CREATE INDEX sag_reminder_logs_final_of_reminder
    ON sag_reminder_logs (reminder_id, created_at, id) INCLUDE (outcome, channel, user_id) WHERE kind = 'delivery';
CREATE INDEX sag_reminder_logs_on_the_way
    ON sag_reminder_logs (reminder_id, created_at, id) WHERE kind <> 'delivery';

GRANT SELECT, INSERT ON sag_reminder_logs
    TO reminders_scheduler, reminders_rate_limiter, reminders_sender, reminders_frontend_push, reminders_api;

-- MARK: pop-ups

ALTER TABLE popups ALTER id SET DEFAULT nextval('popups_id_seq');
ALTER SEQUENCE popups_id_seq OWNED BY popups.id;

ALTER TABLE popups ADD UNIQUE (occurrence_id, user_id);
-- These two hold only what is pending, so they stay small however much history there is.
CREATE INDEX popups_pending ON popups (user_id, id) WHERE settled_at IS NULL;
CREATE INDEX popups_of_reminder ON popups (reminder_id, user_id) WHERE settled_at IS NULL;
-- For taking back what settled them last.
CREATE INDEX popups_settled ON popups (reminder_id, user_id, settled_at) WHERE settled_at IS NOT NULL;

GRANT SELECT, UPDATE (settled_at, settled_how) ON popups TO reminders_api;
GRANT SELECT, INSERT, UPDATE ON popups TO reminders_frontend_push;
