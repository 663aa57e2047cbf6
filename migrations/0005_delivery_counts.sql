-- What came to an end, counted as it is recorded, so that statistics over years need not read the log of years.

CREATE TABLE delivery_counts (
    span           text NOT NULL CHECK (span IN ('hour', 'day')),
    at             timestamptz NOT NULL,
    channel        text NOT NULL,
    outcome        text NOT NULL,
    deliveries     bigint NOT NULL CHECK (deliveries > 0),
    lateness       bigint[] NOT NULL,
    median_seconds double precision GENERATED ALWAYS AS (lateness_within(0.5, lateness)) STORED,
    p99_seconds    double precision GENERATED ALWAYS AS (lateness_within(0.99, lateness)) STORED,
    PRIMARY KEY (span, at, channel, outcome)
);
COMMENT ON TABLE delivery_counts IS
    'How many final records an hour or a day of UTC has, by channel and outcome; with those of delivery_counts_added, which '
    'a scheduler moves here each minute, right to the last row. It is kept when the log goes.';
COMMENT ON COLUMN delivery_counts.lateness IS
    'How many were recorded how long after due, deliberate holds included: the first not after due, and each further one a '
    'step of lateness_step() later.';

CREATE TABLE delivery_counts_added (
    hour       timestamptz NOT NULL,
    channel    text NOT NULL,
    outcome    text NOT NULL,
    lateness   smallint NOT NULL CHECK (lateness >= 0),
    deliveries bigint NOT NULL CHECK (deliveries > 0)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);
COMMENT ON TABLE delivery_counts_added IS
    'What each statement that records has added to delivery_counts, as rows of its own: nobody waits for another then.';

-- What is recorded meanwhile is counted by the trigger that is made in this transaction.
LOCK TABLE sag_reminder_logs IN SHARE ROW EXCLUSIVE MODE;
INSERT INTO delivery_counts (span, at, channel, outcome, deliveries, lateness)
SELECT span, at, channel, outcome, sum(deliveries), histogram(step, deliveries)
FROM (
    SELECT span, date_trunc(span, created_at, 'UTC') AS at, channel, outcome, lateness_step(created_at - due_at) AS step,
        count(*) AS deliveries
    FROM sag_reminder_logs CROSS JOIN unnest(ARRAY['hour', 'day']) AS spans (span)
    WHERE kind = 'delivery'
    GROUP BY 1, 2, 3, 4, 5) steps
GROUP BY 1, 2, 3, 4;

GRANT SELECT ON delivery_counts, delivery_counts_added TO reminders_api;
GRANT INSERT ON delivery_counts_added
    TO reminders_scheduler, reminders_rate_limiter, reminders_sender, reminders_frontend_push, reminders_api;
