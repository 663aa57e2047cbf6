CREATE OR REPLACE VIEW reporting.hourly_stats_v1 AS
    SELECT date_trunc('hour', created_at) AS hour, channel, outcome, count(*) AS deliveries,
        percentile_disc(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM created_at - due_at))::double precision
            AS median_seconds_after_due,
        percentile_disc(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM created_at - due_at))::double precision
            AS p99_seconds_after_due
    FROM sag_reminder_logs
    WHERE kind = 'delivery'
    GROUP BY 1, 2, 3;
COMMENT ON VIEW reporting.hourly_stats_v1 IS 'Final records by hour, channel and outcome; seconds include deliberate holds.';

GRANT SELECT ON reporting.hourly_stats_v1 TO reminders_reporting;
