-- Fills a migrated, empty database with a long history: :rows final records of a year, the newest :ledger of them in the
-- ledger too, and :reminders reminders. People, reminders and cases are skewed as in life, with some far too busy.
--   psql -v rows=10000000 -v reminders=1000000 -v ledger=1000000 -f scripts/benchmark/delivery_log.sql

SET synchronous_commit = off;
SET session_replication_role = replica;  -- no triggers
SELECT setseed(0.5);

INSERT INTO users (id, display_name, email, time_zone)
SELECT n::text, 'Person ' || n, 'person' || n || '@example.org', 'Europe/Copenhagen' FROM generate_series(1, 50000) n;

-- Five reminders a case; case 42 has 505.
INSERT INTO sag_reminders (id, sag_id, title, recipient_user_ids, recipients, scheduled_at, scheduled_local,
    created_by)
SELECT n, CASE WHEN n BETWEEN 1000 AND 1499 THEN '42' ELSE (n % 200000)::text END, 'Follow up ' || n,
    ARRAY[(1 + n % 50000)::text], ARRAY[(1 + n % 50000)::text], now() + interval '30 days', now() + interval '30 days',
    (1 + n % 50000)::text
FROM generate_series(1, :reminders) n;
SELECT setval(pg_get_serial_sequence('sag_reminders', 'id'), :reminders);

\set weeks 53
\ir past_weeks.sql

-- Built again from their definitions once the rows are there: much sooner.
CREATE TEMPORARY TABLE definitions AS
SELECT indexname, indexdef FROM pg_indexes
WHERE tablename = 'sag_reminder_logs';
SELECT 'DROP INDEX ' || indexname FROM definitions \gexec

-- Every hundredth is of reminder 7, a daily one with many recipients, and every 150th for person 7.
INSERT INTO sag_reminder_logs (kind, outcome, occurrence_id, delivery_id, reminder_id, user_id, channel, attempt, reason,
    reply, due_at, created_at, week)
SELECT 'delivery', outcome, first_id_of_day(at) + n,
    (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '70008' || lpad(to_hex(n), 15, '0'))::uuid,
    CASE WHEN n % 100 = 0 THEN 7 ELSE 1 + floor(:reminders * power(random(), 2))::bigint END,
    CASE WHEN n % 150 = 0 THEN '7' ELSE (1 + floor(50000 * power(random(), 2)))::text END,
    CASE WHEN c < 0.7 THEN 'email' WHEN c < 0.8 THEN 'mattermost' ELSE 'frontend' END,
    CASE WHEN outcome IN ('withdrawn', 'dropped') THEN NULL ELSE 1 END,
    CASE outcome WHEN 'withdrawn' THEN 'case_closed' WHEN 'dropped' THEN 'too_late' END,
    CASE outcome WHEN 'sent' THEN '250 2.0.0 Ok: queued as ' || upper(to_hex(n)) END,
    at - interval '1 second' * random(), at, week_of_id(first_id_of_day(at))
FROM (
    SELECT n, random() AS c,
        CASE WHEN o < 0.92 THEN 'sent' WHEN o < 0.95 THEN 'withdrawn' WHEN o < 0.97 THEN 'rejected'
            WHEN o < 0.985 THEN 'dropped' WHEN o < 0.9945 THEN 'dry_run' WHEN o < 0.999 THEN 'unknown' ELSE 'dead'
        END AS outcome,
        now() - interval '365 days' + n * (interval '365 days' / :rows) AS at
    FROM (SELECT n, random() AS o FROM generate_series(1::bigint, :rows) n) one) drawn;

-- One in thirty had an attempt that was put off, one in fifty was held.
INSERT INTO sag_reminder_logs (kind, outcome, occurrence_id, delivery_id, reminder_id, user_id, channel, attempt, reason,
    reply, due_at, created_at, week)
SELECT 'attempt', 'deferred', occurrence_id, delivery_id, reminder_id, user_id, channel, 1, NULL, '451 4.3.0 Try later',
    due_at, created_at - interval '5 seconds', week
FROM sag_reminder_logs WHERE occurrence_id % 30 = 0 AND outcome = 'sent';
INSERT INTO sag_reminder_logs (kind, outcome, occurrence_id, delivery_id, reminder_id, user_id, channel, reason, due_at,
    created_at, week)
SELECT 'held', 'held', occurrence_id, delivery_id, reminder_id, user_id, channel, 'rate_limited', due_at,
    created_at - interval '5 minutes', week
FROM sag_reminder_logs WHERE occurrence_id % 50 = 0 AND kind = 'delivery';

INSERT INTO deliveries (occurrence_id, recipient, channel, id, reminder_id, state, reason, due_at, attempts, reply,
    requested_at, finished_at)
SELECT occurrence_id, user_id, channel, delivery_id, reminder_id, outcome, reason, due_at, 1, reply, due_at, created_at
FROM sag_reminder_logs WHERE kind = 'delivery' AND occurrence_id % 10000000000 > :rows - :ledger;
-- What waits: for the morning, and a few under way.
INSERT INTO deliveries (occurrence_id, recipient, channel, id, reminder_id, state, reason, due_at, release_at)
SELECT first_id_of_day(now()) + :rows + n, (1 + n % 50000)::text, 'email',
    (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint), 12, '0') || '70008'
        || lpad(to_hex(:rows + n), 15, '0'))::uuid,
    1 + n % :reminders, CASE WHEN n % 100 = 0 THEN 'requested' ELSE 'held' END,
    CASE WHEN n % 100 <> 0 THEN 'quiet_hours' END, now(),
    CASE WHEN n % 100 <> 0 THEN date_trunc('day', now()) + interval '31 hours' + (n % 60) * interval '1 minute' END
FROM generate_series(1::bigint, 50000) n;

SELECT replace(indexdef, ' ON ONLY ', ' ON ') FROM definitions \gexec
RESET session_replication_role;
VACUUM (ANALYZE) sag_reminder_logs, deliveries, sag_reminders, users;
