-- The ledger (deliveries), the hourly limit (permits), the log, and what could not be read at all (dead_letters).

CREATE TABLE deliveries (
    occurrence_id bigint NOT NULL,
    recipient     text NOT NULL,
    channel       text NOT NULL CHECK (channel IN ('email', 'mattermost', 'frontend')),
    id            uuid NOT NULL,
    reminder_id   bigint NOT NULL,
    state         text NOT NULL CHECK (state IN ('requested', 'held', 'sending', 'sent', 'rejected', 'withdrawn',
                                                 'dropped', 'dry_run', 'dead', 'unknown')),
    reason        text,
    due_at        timestamptz NOT NULL,
    release_at    timestamptz,
    attempts      smallint NOT NULL DEFAULT 0,
    owner         integer,
    lease_until   timestamptz,
    reply         text,
    decision      jsonb,
    requested_at  timestamptz NOT NULL DEFAULT now(),
    finished_at   timestamptz,
    PRIMARY KEY (occurrence_id, recipient, channel)
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05);
COMMENT ON TABLE deliveries IS 'The ledger: one row for each occurrence, recipient and channel, whatever crashes.';
COMMENT ON COLUMN deliveries.recipient IS 'A user''s id, or mailto: and an address in lower case.';
COMMENT ON COLUMN deliveries.release_at IS
    'Set while a rate-limiter has to come back to the row: held until then (infinity: until a switch is turned on), '
    'or released but perhaps not published yet. NULL otherwise, so that sending changes no indexed column.';
COMMENT ON COLUMN deliveries.owner IS 'The service instance that sends it, or did last: see is_living_instance().';
COMMENT ON COLUMN deliveries.decision IS 'Why it was held, withdrawn, rejected or dropped; NULL when sent at once.';

CREATE INDEX deliveries_release ON deliveries (release_at) WHERE release_at IS NOT NULL;
CREATE INDEX deliveries_held_for ON deliveries (recipient, release_at) WHERE release_at IS NOT NULL;

CREATE TABLE permits (
    recipient     text NOT NULL,
    granted_at    timestamptz NOT NULL,
    occurrence_id bigint NOT NULL,
    PRIMARY KEY (recipient, granted_at, occurrence_id)
);
CREATE INDEX permits_granted_at ON permits USING brin (granted_at);
COMMENT ON TABLE permits IS
    'The right to notify one person once: one for an occurrence, however many channels. Kept for the window and a '
    'while longer; the log keeps the rest.';

CREATE TABLE sag_reminder_logs (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind          text NOT NULL CHECK (kind IN ('delivery', 'attempt', 'held', 'skipped', 'snooze', 'dismiss',
                                                'acknowledge')),
    outcome       text,
    occurrence_id bigint,
    delivery_id   uuid,
    reminder_id   bigint NOT NULL,
    user_id       text,
    channel       text,
    attempt       smallint,
    reason        text,
    reply         text,
    details       jsonb,
    due_at        timestamptz,
    created_at    timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN sag_reminder_logs.kind IS
    'delivery: the one final record of a delivery; attempt: a try that did not end it; held: it waits, and why; '
    'skipped: occurrences that fell due while nothing ran and were not made up for; the rest: what a person did.';
COMMENT ON COLUMN sag_reminder_logs.outcome IS
    'For deliveries: sent, rejected, withdrawn, dropped, dry_run, dead, unknown. For attempts: deferred, unknown.';
COMMENT ON COLUMN sag_reminder_logs.user_id IS 'The recipient as in deliveries, or who snoozed, dismissed, acknowledged.';

-- The promise itself: a second final record cannot be written.
CREATE UNIQUE INDEX sag_reminder_logs_one_final ON sag_reminder_logs (occurrence_id, user_id, channel)
    WHERE kind = 'delivery';
CREATE INDEX sag_reminder_logs_of_reminder ON sag_reminder_logs (reminder_id, id);

CREATE TABLE dead_letters (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    queue        text NOT NULL,
    reason       text NOT NULL,
    message_id   text,
    type         text,
    body         bytea NOT NULL,
    details      jsonb,
    created_at   timestamptz NOT NULL DEFAULT now(),
    settled_at   timestamptz,
    settled_how  text CHECK (settled_how IN ('retried', 'discarded'))
);
-- A redelivery after a crash between row and acknowledgement writes no second row.
CREATE UNIQUE INDEX dead_letters_once ON dead_letters (queue, md5(body), coalesce(message_id, ''))
    WHERE settled_at IS NULL;
COMMENT ON TABLE dead_letters IS 'Messages that can never succeed, beside their copy in the <queue>.dead queue.';

-- Claims belong to service instances, each with a random number. A living instance holds the advisory lock
-- (1380273484, its number) on a session of its own, so that a claim of a dead one can be told at once, without waiting
-- for its lease to run out.
CREATE FUNCTION is_living_instance(instance integer) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM pg_locks
        WHERE locktype = 'advisory' AND classid = 1380273484 AND objid = instance::oid AND objsubid = 2 AND granted
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
$$;

-- true while one more notification of the user is within the limit (permits of the last 60 minutes).
CREATE FUNCTION check_reminder_rate_limit(user_id text, maximum integer DEFAULT 5) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT count(*) < maximum FROM permits
    WHERE recipient = user_id AND granted_at > clock_timestamp() - interval '1 hour'
$$;

-- The seed's own signature: user ids were integers there.
CREATE FUNCTION check_reminder_rate_limit(user_id bigint, maximum integer DEFAULT 5) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT check_reminder_rate_limit(user_id::text, maximum)
$$;

-- The shape of the other seed: one row a reminder, with is_sent telling that nothing more is to come.
CREATE VIEW reminders AS
    SELECT 'REM-' || lpad(id::text, 3, '0') AS id,
        coalesce(created_by, recipient_user_ids[1], recipient_emails[1]) AS user_id,
        entity_type,
        sag_id AS entity_id,
        coalesce(message, title) AS message,
        coalesce(next_check_at, last_fired_at, scheduled_at) AS remind_at,
        (next_check_at IS NULL AND fired_count > 0) AS is_sent,
        created_via,
        created_at
    FROM sag_reminders
    WHERE deleted_at IS NULL AND trigger_type = 'time_based';
