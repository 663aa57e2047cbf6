-- Every table with its indexes and constraints, and who may do what with it. Functions with their triggers are in
-- functions/, views in views/: docs/database.md says how the three go together.

-- MARK: roles

-- One role a service, each with the least it needs. They cannot log in as they are: give your login roles membership,
-- or, as ./run does, the roles themselves LOGIN and a password. Roles belong to the whole cluster, so they may exist.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['reminders_scheduler', 'reminders_rate_limiter', 'reminders_sender',
                                'reminders_frontend_push', 'reminders_api', 'reminders_reporting'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', name);
            EXCEPTION
                WHEN duplicate_object OR unique_violation THEN NULL;  -- made by another database at this moment
                WHEN insufficient_privilege THEN
                    RAISE EXCEPTION 'role % is missing and % may not create it', name, current_user
                        USING HINT = format('As a superuser: CREATE ROLE %I NOLOGIN; then migrate again.', name);
            END;
        END IF;
    END LOOP;
END $$;
DO $$
BEGIN
    ALTER ROLE reminders_reporting SET default_transaction_read_only = on;
    ALTER ROLE reminders_reporting SET statement_timeout = '30s';
EXCEPTION
    WHEN insufficient_privilege THEN
        RAISE WARNING 'role reminders_reporting keeps its own settings: % may not alter it', current_user;
    WHEN internal_error THEN
        -- "tuple concurrently updated": another database of the cluster does the same at this moment.
        NULL;
END $$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public
    TO reminders_scheduler, reminders_rate_limiter, reminders_sender, reminders_frontend_push, reminders_api;
GRANT SELECT ON schema_migrations, schema_definitions
    TO reminders_scheduler, reminders_rate_limiter, reminders_sender, reminders_frontend_push, reminders_api;

-- What dashboards read: views with stable columns (appended to, never changed; a break is a _v2 beside the _v1).
-- Addresses are masked there; the tables below stay closed to the reading role.
CREATE SCHEMA reporting;
GRANT USAGE ON SCHEMA reporting TO reminders_reporting;

-- MARK: people
--
-- Who is reminded, where they can be reached, and when they do not want to be.

CREATE TABLE users (
    id                  text PRIMARY KEY CHECK (id <> '' AND octet_length(id) <= 200)
        CONSTRAINT users_id_is_no_address CHECK (NOT starts_with(id, 'mailto:')),
    display_name        text CHECK (char_length(display_name) <= 200),
    email               text CHECK (char_length(email) <= 254 AND email !~ '[[:cntrl:]]'),
    mattermost_username text CHECK (mattermost_username ~ '^[a-z0-9._-]{1,64}$'),
    locale              text NOT NULL DEFAULT 'en' CHECK (locale ~ '^[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*$'),
    time_zone           text NOT NULL DEFAULT 'UTC'
        CONSTRAINT users_time_zone_is_known CHECK (is_time_zone(time_zone)),
    created_at          timestamptz NOT NULL DEFAULT now(),
    updated_at          timestamptz NOT NULL DEFAULT now(),
    deleted_at          timestamptz
);
COMMENT ON COLUMN users.id IS
    'The sub of the person''s token; opaque text, but for mailto: in front, by which the ledger tells raw addresses.';
COMMENT ON COLUMN users.mattermost_username IS 'Without the @. NULL: posts go to the webhook''s own channel.';

CREATE TABLE user_notification_preferences (
    user_id             text PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    notify_email        boolean NOT NULL DEFAULT true,
    notify_mattermost   boolean NOT NULL DEFAULT false,
    notify_frontend     boolean NOT NULL DEFAULT true,
    notify_others       text[] NOT NULL DEFAULT '{}'
        CONSTRAINT user_notification_preferences_notify_others_are_channels
            CHECK (notify_others = '{}' OR are_other_channels(notify_others)),
    email_override      text CHECK (char_length(email_override) <= 254 AND email_override !~ '[[:cntrl:]]'),
    quiet_hours_enabled boolean NOT NULL DEFAULT false,
    quiet_hours_start   time NOT NULL DEFAULT '22:00',
    quiet_hours_end     time NOT NULL DEFAULT '07:00',
    quiet_hours_days    smallint[] NOT NULL DEFAULT '{1,2,3,4,5,6,7}'
        CHECK (quiet_hours_days <@ '{1,2,3,4,5,6,7}'::smallint[]),
    created_at          timestamptz NOT NULL DEFAULT now(),
    updated_at          timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE user_notification_preferences IS 'A person without a row has the defaults of these columns.';
COMMENT ON COLUMN user_notification_preferences.notify_others IS 'The channels wanted beside those with a column.';
COMMENT ON COLUMN user_notification_preferences.email_override IS 'Mail goes here instead of users.email.';
COMMENT ON COLUMN user_notification_preferences.quiet_hours_start IS
    'Local time in users.time_zone; with an end before the start the hours run over midnight.';
COMMENT ON COLUMN user_notification_preferences.quiet_hours_days IS 'ISO weekdays (1 = Monday) on which they begin.';

-- Where else a person can be reached. Mail and the name in Mattermost are columns of users; browsers need no address.
CREATE TABLE user_addresses (
    user_id    text NOT NULL REFERENCES users ON DELETE CASCADE,
    channel    text NOT NULL CONSTRAINT user_addresses_channel_is_another CHECK (are_other_channels(ARRAY[channel])),
    address    text NOT NULL CHECK (address ~ '^[^[:space:][:cntrl:]]+$' AND octet_length(address) <= 2000),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, channel)
);
COMMENT ON COLUMN user_addresses.address IS 'As the channel reads it: a number, the URL of a webhook.';

GRANT SELECT ON users, user_notification_preferences, user_addresses TO reminders_rate_limiter;
GRANT SELECT, INSERT, UPDATE ON users, user_notification_preferences, user_addresses TO reminders_api;
GRANT DELETE ON user_addresses TO reminders_api;

-- MARK: cases
--
-- What reminders are about, as far as reminding needs to know it.

CREATE TABLE cases (
    entity_type text NOT NULL CHECK (entity_type IN ('case', 'task', 'bug', 'project')),
    id          text NOT NULL CHECK (id <> '' AND octet_length(id) <= 200),
    title       text CHECK (char_length(title) <= 500),
    status      text CHECK (char_length(status) <= 100),
    deadline    timestamptz,
    closed_at   timestamptz,
    url         text CHECK (url ~ '^https?://' AND char_length(url) <= 2000),
    changed_at  timestamptz NOT NULL DEFAULT '-infinity',
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    deleted_at  timestamptz,
    PRIMARY KEY (entity_type, id)
);
COMMENT ON COLUMN cases.changed_at IS
    'The time of the newest event taken in: an older one that arrives late changes nothing.';

-- Every event taken in, once: CloudEvents names an event by its source and id.
CREATE TABLE case_events (
    source      text NOT NULL,
    event_id    text NOT NULL,
    type        text NOT NULL,
    entity_type text NOT NULL,
    case_id     text NOT NULL,
    outcome     text NOT NULL CHECK (outcome IN ('applied', 'stale')),
    event_time  timestamptz,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source, event_id)
);
CREATE INDEX case_events_received_at ON case_events USING brin (received_at);
COMMENT ON COLUMN case_events.outcome IS 'stale: a newer event of the same case had been taken in before.';

GRANT SELECT, INSERT, UPDATE ON cases TO reminders_scheduler, reminders_api;
GRANT SELECT, INSERT ON case_events TO reminders_scheduler;
GRANT SELECT ON case_events TO reminders_api;
GRANT SELECT ON cases TO reminders_rate_limiter;

-- MARK: reminders
--
-- Rules (sag_reminders), and what people did about them.

CREATE TABLE sag_reminders (
    id                        bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    entity_type               text NOT NULL DEFAULT 'case' CHECK (entity_type IN ('case', 'task', 'bug', 'project')),
    sag_id                    text NOT NULL CHECK (sag_id <> '' AND octet_length(sag_id) <= 200),
    title                     text NOT NULL CHECK (title <> '' AND char_length(title) <= 300),
    message                   text CHECK (char_length(message) <= 10000),
    priority                  text NOT NULL DEFAULT 'normal' CHECK (priority IN ('low', 'normal', 'high', 'urgent')),

    trigger_type              text NOT NULL DEFAULT 'time_based'
        CHECK (trigger_type IN ('time_based', 'status_change', 'deadline_approaching')),
    trigger_config            jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(trigger_config) = 'object'),

    recipient_user_ids        text[] NOT NULL DEFAULT '{}' CHECK (cardinality(recipient_user_ids) <= 100),
    recipient_emails          text[] NOT NULL DEFAULT '{}' CHECK (cardinality(recipient_emails) <= 100),
    recipients                text[] NOT NULL DEFAULT '{}',
    notify_email              boolean,
    notify_mattermost         boolean,
    notify_frontend           boolean,
    notify_others             text[] NOT NULL DEFAULT '{}'
        CONSTRAINT sag_reminders_notify_others_are_channels
            CHECK (notify_others = '{}' OR are_other_channels(notify_others)),
    notify_not                text[] NOT NULL DEFAULT '{}'
        CONSTRAINT sag_reminders_notify_not_are_channels
            CHECK (notify_not = '{}' OR are_other_channels(notify_not)),
    override_user_preferences boolean NOT NULL DEFAULT false,

    recurrence_type           text NOT NULL DEFAULT 'once'
        CHECK (recurrence_type IN ('once', 'daily', 'weekly', 'monthly', 'rrule')),
    rrule                     text CHECK (char_length(rrule) <= 1000),
    exdates                   text[] NOT NULL DEFAULT '{}' CHECK (cardinality(exdates) <= 1000)
        CONSTRAINT sag_reminders_exdates_are_times CHECK (are_exdates(exdates)),
    month_end                 text NOT NULL DEFAULT 'backward' CHECK (month_end IN ('omit', 'backward', 'forward')),
    time_zone                 text NOT NULL DEFAULT 'UTC'
        CONSTRAINT sag_reminders_time_zone_is_known CHECK (is_time_zone(time_zone)),
    scheduled_at              timestamptz,
    scheduled_local           timestamp,
    next_check_at             timestamptz,
    replanned_at              timestamptz,
    last_fired_at             timestamptz,
    fired_count               bigint NOT NULL DEFAULT 0,
    set_aside_at              timestamptz,
    set_aside_reason          text,
    set_aside_due_at          timestamptz,
    catch_up                  text NOT NULL DEFAULT 'latest' CHECK (catch_up IN ('latest', 'all', 'skip')),
    maximum_lateness          interval CHECK (maximum_lateness > interval '0'),

    is_active                 boolean NOT NULL DEFAULT true,
    created_by                text,
    created_via               text NOT NULL DEFAULT 'api' CHECK (char_length(created_via) <= 20),
    created_at                timestamptz NOT NULL DEFAULT now(),
    updated_at                timestamptz NOT NULL DEFAULT now(),
    deleted_at                timestamptz,
    turn_of                   text GENERATED ALWAYS AS
        (coalesce(created_by, recipient_user_ids[1], lower(recipient_emails[1]), '')) STORED,

    CONSTRAINT sag_reminders_have_a_recipient
        CHECK (cardinality(recipient_user_ids) + cardinality(recipient_emails) > 0),
    CONSTRAINT sag_reminders_notify_others_or_not CHECK (NOT notify_others && notify_not),
    CONSTRAINT sag_reminders_rrule_goes_with_its_type CHECK ((recurrence_type = 'rrule') = (rrule IS NOT NULL)),
    CONSTRAINT sag_reminders_set_aside_have_a_reason
        CHECK (num_nulls(set_aside_at, set_aside_reason, set_aside_due_at) IN (0, 3)),
    CONSTRAINT sag_reminders_time_based_have_a_time
        CHECK (trigger_type <> 'time_based' OR scheduled_at IS NOT NULL OR scheduled_local IS NOT NULL),
    CONSTRAINT sag_reminders_trigger_config_is_a_lead_time
        CHECK (trigger_type <> 'deadline_approaching' OR is_lead_time(trigger_config)),
    CONSTRAINT sag_reminders_trigger_config_is_a_status_condition
        CHECK (trigger_type <> 'status_change' OR is_status_condition(trigger_config))
);
COMMENT ON COLUMN sag_reminders.trigger_config IS
    'deadline_approaching: days_before (calendar days on the clock of time_zone), hours_before, minutes_before; '
    'status_change: target_status, from_status.';
COMMENT ON COLUMN sag_reminders.recipients IS
    'Both lists as the ledger names people, each once; filled in by trigger: user ids, and mailto: and an address.';
COMMENT ON COLUMN sag_reminders.exdates IS
    'What a series leaves out: days (2026-12-24), times on the clock of time_zone (2026-12-24T09:00:00) and moments '
    '(2026-12-24T08:00:00Z), each as it was given.';
COMMENT ON COLUMN sag_reminders.notify_email IS 'NULL: as the person prefers. Likewise the other two.';
COMMENT ON COLUMN sag_reminders.notify_others IS 'The channels asked for beside those with a column; see notify_not.';
COMMENT ON COLUMN sag_reminders.notify_not IS
    'The channels forbidden beside those with a column. In neither list: as the person prefers.';
COMMENT ON COLUMN sag_reminders.override_user_preferences IS
    'true: the channels are those set here alone, whatever the person prefers.';
COMMENT ON COLUMN sag_reminders.scheduled_local IS
    'The anchor of the series as a clock in time_zone shows it: every occurrence is computed from it, so none drifts.';
COMMENT ON COLUMN sag_reminders.next_check_at IS 'When it is due next; NULL when nothing more is to come.';
COMMENT ON COLUMN sag_reminders.replanned_at IS
    'When a change made the series be planned anew; what lies before it was not missed. While next_check_at is the same '
    'time, a scheduler has yet to find the next one. Whoever sets next_check_at in a change sets this too.';
COMMENT ON COLUMN sag_reminders.set_aside_at IS
    'When a scheduler set it aside because it could not be read or planned, or could not be written twice: set_aside_reason '
    'says why, set_aside_due_at when it was due. It goes on from there once it is changed, or released with '
    'reminders set-aside release.';
COMMENT ON COLUMN sag_reminders.turn_of IS
    'Whose turn it takes when more is due than fits: whoever created it, else the first it is for.';
COMMENT ON COLUMN sag_reminders.catch_up IS 'What happens to occurrences that fell due while nothing ran.';

CREATE INDEX sag_reminders_due ON sag_reminders (next_check_at) WHERE next_check_at IS NOT NULL;
-- So that whoever has much due waits for themselves: theirs can be read apart from everybody else's. turn_of is never
-- NULL; that it is said here keeps whoever does not ask for people from reading all that is due by this index.
CREATE INDEX sag_reminders_turns ON sag_reminders (turn_of, next_check_at)
    WHERE next_check_at IS NOT NULL AND turn_of IS NOT NULL;
CREATE INDEX sag_reminders_set_aside ON sag_reminders (set_aside_at) WHERE set_aside_at IS NOT NULL;
CREATE INDEX sag_reminders_of_case ON sag_reminders (sag_id, entity_type, trigger_type);
-- The list of a case, page by page in the order of ids.
CREATE INDEX sag_reminders_listed ON sag_reminders (sag_id, entity_type, id) WHERE deleted_at IS NULL;
-- Whoever created a reminder and everybody it is for, in one index.
CREATE INDEX sag_reminders_of_person ON sag_reminders USING gin (array_append(recipient_user_ids, created_by));

-- What one person did about one reminder: for themselves, the others go on being reminded.
CREATE TABLE sag_reminder_responses (
    reminder_id     bigint NOT NULL REFERENCES sag_reminders,
    user_id         text NOT NULL,
    snoozed_until   timestamptz,
    dismissed_at    timestamptz,
    acknowledged_at timestamptz,
    updated_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (reminder_id, user_id)
);

GRANT SELECT ON sag_reminders TO reminders_scheduler, reminders_rate_limiter;
GRANT UPDATE (next_check_at, last_fired_at, fired_count, set_aside_at, set_aside_reason, set_aside_due_at)
    ON sag_reminders TO reminders_scheduler;
GRANT SELECT (id, trigger_type, recurrence_type) ON sag_reminders TO reminders_frontend_push;
GRANT SELECT, INSERT, UPDATE ON sag_reminders, sag_reminder_responses TO reminders_api;
GRANT SELECT ON sag_reminder_responses TO reminders_rate_limiter;

-- MARK: occurrences

CREATE TABLE sag_reminder_queue (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reminder_id    bigint NOT NULL,
    trigger_type   text NOT NULL CHECK (trigger_type IN ('time_based', 'status_change', 'deadline_approaching')),
    due_at         timestamptz NOT NULL,
    old_status     text,
    new_status     text,
    deadline       timestamptz,
    only_recipient text,
    traceparent    text,
    status         text NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'processing', 'sent', 'failed', 'rate_limited')),
    reason         text,
    owner          integer,
    available_at   timestamptz NOT NULL DEFAULT now(),
    published_at   timestamptz,
    processed_at   timestamptz,
    created_at     timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 70);
COMMENT ON TABLE sag_reminder_queue IS
    'Every occurrence, timed or triggered: a row here before it is a message, and the row''s id is its id for ever.';
COMMENT ON COLUMN sag_reminder_queue.status IS
    'pending: waits for a scheduler; processing: claimed or published; sent: handed on to the channels; '
    'rate_limited: at least one person''s delivery is held by the hourly limit; failed: nobody could be notified.';
COMMENT ON COLUMN sag_reminder_queue.deadline IS
    'The deadline an occurrence of deadline_approaching was planned for: it is withdrawn when the case has another one.';
COMMENT ON COLUMN sag_reminder_queue.traceparent IS
    'The W3C trace of the event that led to it: whoever changes a case may set reminders.traceparent in its transaction.';
COMMENT ON COLUMN sag_reminder_queue.only_recipient IS 'NULL: all of the reminder''s; else the one who snoozed.';
COMMENT ON COLUMN sag_reminder_queue.available_at IS
    'While unpublished: when a scheduler may claim it, or when the claim of its owner runs out.';
-- Neither reminder_id here nor the ids in deliveries, permits and logs carry a foreign key: reminders are never
-- hard-deleted, and the check would cost each occurrence a query
-- (docs/decisions/0003-no-foreign-keys-on-the-hot-path.md).

CREATE INDEX sag_reminder_queue_unpublished ON sag_reminder_queue (available_at) WHERE published_at IS NULL;
CREATE INDEX sag_reminder_queue_undecided ON sag_reminder_queue (due_at)
    WHERE published_at IS NOT NULL AND processed_at IS NULL;
CREATE UNIQUE INDEX sag_reminder_queue_one_per_time ON sag_reminder_queue (reminder_id, due_at)
    WHERE trigger_type <> 'status_change' AND only_recipient IS NULL;
CREATE INDEX sag_reminder_queue_of_reminder ON sag_reminder_queue (reminder_id, id)
    WHERE trigger_type = 'status_change' OR only_recipient IS NOT NULL;
CREATE INDEX sag_reminder_queue_wake_ups ON sag_reminder_queue (reminder_id, only_recipient)
    WHERE only_recipient IS NOT NULL AND published_at IS NULL;

GRANT SELECT, INSERT, UPDATE ON sag_reminder_queue TO reminders_scheduler, reminders_api;
GRANT SELECT ON sag_reminder_queue TO reminders_rate_limiter;
GRANT UPDATE (status, reason, processed_at) ON sag_reminder_queue TO reminders_rate_limiter;

-- MARK: the ledger

CREATE TABLE deliveries (
    occurrence_id         bigint NOT NULL,
    recipient             text NOT NULL,
    channel               text NOT NULL CHECK (channel ~ '^[a-z][a-z0-9-]{0,30}$'),
    generation            smallint NOT NULL DEFAULT 0 CHECK (generation >= 0),
    id                    uuid NOT NULL,
    reminder_id           bigint NOT NULL,
    state                 text NOT NULL CHECK (state IN ('requested', 'held', 'sending', 'sent', 'rejected', 'withdrawn',
                                                         'dropped', 'dry_run', 'dead', 'unknown')),
    reason                text,
    due_at                timestamptz NOT NULL,
    release_at            timestamptz,
    carrier_occurrence_id bigint,
    attempts              smallint NOT NULL DEFAULT 0,
    deaths                smallint NOT NULL DEFAULT 0,
    owner                 integer,
    lease_until           timestamptz,
    reply                 text,
    decision              jsonb,
    requested_at          timestamptz NOT NULL DEFAULT now(),
    finished_at           timestamptz,
    PRIMARY KEY (occurrence_id, recipient, channel, generation)
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05);
COMMENT ON TABLE deliveries IS
    'The ledger: one row for each occurrence, recipient, channel and generation, whatever crashes.';
COMMENT ON COLUMN deliveries.generation IS
    '0, and one more each time that what had ended is tried anew, under the same id. Only the newest one may be open.';
COMMENT ON COLUMN deliveries.recipient IS 'A user''s id, or mailto: and an address in lower case.';
COMMENT ON COLUMN deliveries.release_at IS
    'Set while a rate-limiter has to come back to the row: held until then (infinity: until a switch is turned on), '
    'or released but perhaps not published yet. NULL otherwise, so that sending changes no indexed column.';
COMMENT ON COLUMN deliveries.carrier_occurrence_id IS
    'It leaves in a message with others: those of the same recipient and channel with the same number. The message is '
    'that of the one whose own occurrence it is; that one is claimed and attempted, and all end together with it.';
COMMENT ON COLUMN deliveries.deaths IS 'How many of the attempts ended with the death of their sender.';
COMMENT ON COLUMN deliveries.owner IS 'The service instance that sends it, or did last: see is_living_instance().';
COMMENT ON COLUMN deliveries.decision IS
    'Why it was held, withdrawn, rejected or dropped, what exception let it pass, or that it left with others; NULL when '
    'it was simply sent.';

CREATE INDEX deliveries_release ON deliveries (release_at) WHERE release_at IS NOT NULL;
-- What waits for a person for one reason, those due first in front, of which no more is read than the front; and what
-- waits of a reminder. Only what says "release_at IS NOT NULL" too is answered by them: a statement that finds its rows
-- by key and asks for state = 'held' must not be tempted to read all that is held.
CREATE INDEX deliveries_in_line ON deliveries (recipient, reason, due_at, occurrence_id)
    WHERE state = 'held' AND release_at IS NOT NULL;
CREATE INDEX deliveries_held_of_reminder ON deliveries (reminder_id, recipient)
    WHERE state = 'held' AND release_at IS NOT NULL;
-- Only what is in a digest is in it, so that all other rows cost nothing.
CREATE INDEX deliveries_of_digest ON deliveries (carrier_occurrence_id, recipient, channel)
    WHERE carrier_occurrence_id IS NOT NULL;
-- Ids of deliveries begin with the time they were made, so this finds one, and what was begun lately.
CREATE UNIQUE INDEX deliveries_id ON deliveries (id, generation);

GRANT SELECT, INSERT, UPDATE ON deliveries TO reminders_rate_limiter;
-- A next generation of what ended, asked for by an operator.
GRANT INSERT ON deliveries TO reminders_api;
GRANT SELECT ON deliveries TO reminders_sender, reminders_frontend_push, reminders_api;
GRANT UPDATE (state, reason, attempts, deaths, owner, lease_until, reply, finished_at) ON deliveries
    TO reminders_sender, reminders_frontend_push;

-- What decide_held_again() has left for later: the rest of what waits for a person, behind the place it has come to.
CREATE TABLE held_again (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    recipient     text NOT NULL,
    reason        text NOT NULL,
    due_at        timestamptz NOT NULL,
    occurrence_id bigint NOT NULL
);
COMMENT ON TABLE held_again IS
    'People whose held deliveries are being decided about again, a slice at a time; rate-limiters go on with it.';

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

GRANT SELECT, DELETE ON permits TO reminders_scheduler;
GRANT SELECT, INSERT, DELETE ON permits TO reminders_rate_limiter;
GRANT SELECT ON permits TO reminders_api;

-- MARK: the log

CREATE TABLE sag_reminder_logs (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind          text NOT NULL CHECK (kind IN ('delivery', 'attempt', 'held', 'skipped', 'snooze', 'dismiss',
                                                'acknowledge', 'changed', 'deleted', 'marked_sent',
                                                'retry')),
    outcome       text,
    occurrence_id bigint,
    delivery_id   uuid,
    reminder_id   bigint NOT NULL,
    user_id       text,
    channel       text,
    generation    smallint NOT NULL DEFAULT 0,
    attempt       smallint,
    reason        text,
    reply         text,
    details       jsonb,
    due_at        timestamptz,
    created_at    timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN sag_reminder_logs.kind IS
    'delivery: the one final record of a delivery; attempt: a try that did not end it; held: it waits, and why; '
    'skipped: occurrences that fell due while nothing ran and were not made up for; snooze, dismiss, acknowledge: what a '
    'person did for themselves; changed, deleted, marked_sent: what somebody did to the reminder; '
    'retry: a delivery that had ended so (outcome) was asked for again (details.by), as this generation.';
COMMENT ON COLUMN sag_reminder_logs.outcome IS
    'For deliveries: sent, rejected, withdrawn, dropped, dry_run, dead, unknown. For attempts: deferred, unknown.';
COMMENT ON COLUMN sag_reminder_logs.user_id IS 'The recipient as in deliveries, or who snoozed, dismissed, acknowledged.';

-- The promise itself: a second final record cannot be written.
CREATE UNIQUE INDEX sag_reminder_logs_one_final ON sag_reminder_logs (occurrence_id, user_id, channel, generation)
    WHERE kind = 'delivery';

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
--
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

GRANT SELECT, UPDATE (settled_at, settled_how) ON popups TO reminders_api;
GRANT SELECT, INSERT, UPDATE ON popups TO reminders_frontend_push;

-- MARK: dead letters

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

GRANT SELECT, INSERT ON dead_letters
    TO reminders_scheduler, reminders_rate_limiter, reminders_sender, reminders_frontend_push;
GRANT SELECT, UPDATE (settled_at, settled_how) ON dead_letters TO reminders_api;

-- MARK: channels that wait for their operator

CREATE TABLE channel_pauses (
    channel   text NOT NULL CHECK (channel ~ '^[a-z][a-z0-9-]{0,30}$'),
    instance  integer NOT NULL,
    reason    text NOT NULL,
    since     timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (channel, instance)
);
COMMENT ON TABLE channel_pauses IS
    'A sender that cannot work until an operator has mended something, and why. What a dead one left counts for nothing: '
    'see is_living_instance().';

GRANT SELECT, INSERT, UPDATE, DELETE ON channel_pauses TO reminders_sender, reminders_frontend_push;
GRANT SELECT ON channel_pauses TO reminders_api, reminders_reporting;

-- MARK: answers of the API that may have to be given a second time

CREATE TABLE idempotency_keys (
    user_id    text NOT NULL,
    route      text NOT NULL,
    key        text NOT NULL CHECK (key <> '' AND octet_length(key) <= 255),
    body_hash  bytea NOT NULL CHECK (octet_length(body_hash) = 32),
    status     smallint CHECK (status BETWEEN 200 AND 299),
    location   text,
    etag       text,
    response   bytea,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, route, key)
) WITH (autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX idempotency_keys_created_at ON idempotency_keys USING brin (created_at);
COMMENT ON TABLE idempotency_keys IS
    'The answer to every POST that came with an Idempotency-Key: it is given again for 24 hours instead of doing the '
    'same twice.';
COMMENT ON COLUMN idempotency_keys.route IS 'The path of the request, as in /api/v1/sag/123/reminders.';
COMMENT ON COLUMN idempotency_keys.body_hash IS 'SHA-256 of the body: the same key with another body is a mistake.';
COMMENT ON COLUMN idempotency_keys.status IS
    'NULL while the request is worked on; after a minute it counts as given up, and the next one takes it over.';

GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys TO reminders_api;
