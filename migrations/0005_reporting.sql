-- What dashboards read: views with stable columns (appended to, never changed; a break is a _v2 beside the _v1).
-- Addresses are masked here; the tables below stay closed to the reading role.

CREATE SCHEMA reporting;

CREATE FUNCTION reporting.mask(recipient text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN recipient LIKE 'mailto:%'
        THEN 'mailto:' || substr(recipient, 8, 1) || '***@' || split_part(recipient, '@', -1)
        ELSE recipient END
$$;

CREATE VIEW reporting.delivery_log_v1 AS
    SELECT l.id, l.created_at, l.kind, l.outcome, l.channel, reporting.mask(l.user_id) AS recipient, l.attempt,
        l.reason, l.reply, l.due_at, l.occurrence_id, l.delivery_id, l.reminder_id, r.entity_type,
        r.sag_id AS case_id, r.title, r.priority,
        CASE WHEN l.outcome = 'sent' THEN extract(epoch FROM l.created_at - l.due_at) END::double precision
            AS seconds_after_due
    FROM sag_reminder_logs l
    JOIN sag_reminders r ON r.id = l.reminder_id;
COMMENT ON VIEW reporting.delivery_log_v1 IS 'One row an entry of the log: the final record of each delivery has kind = delivery.';

CREATE VIEW reporting.hourly_stats_v1 AS
    SELECT date_trunc('hour', created_at) AS hour, channel, outcome, count(*) AS deliveries,
        percentile_disc(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM created_at - due_at))::double precision
            AS median_seconds_after_due,
        percentile_disc(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM created_at - due_at))::double precision
            AS p99_seconds_after_due
    FROM sag_reminder_logs
    WHERE kind = 'delivery'
    GROUP BY 1, 2, 3;
COMMENT ON VIEW reporting.hourly_stats_v1 IS 'Final records by hour, channel and outcome; seconds include deliberate holds.';

CREATE VIEW reporting.waiting_v1 AS
    SELECT channel, state, reason, count(*) AS deliveries, min(due_at) AS oldest_due_at, min(release_at) AS next_release_at
    FROM deliveries
    WHERE state IN ('requested', 'held', 'sending')
    GROUP BY 1, 2, 3;
COMMENT ON VIEW reporting.waiting_v1 IS 'What has not come to an end yet, and why.';

CREATE VIEW reporting.dead_letters_v1 AS
    SELECT id, created_at, queue, type, reason, octet_length(body) AS bytes FROM dead_letters WHERE settled_at IS NULL;
COMMENT ON VIEW reporting.dead_letters_v1 IS 'Messages that could not be read or delivered and that nobody has settled.';
