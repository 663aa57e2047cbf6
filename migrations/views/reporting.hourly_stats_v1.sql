CREATE OR REPLACE VIEW reporting.hourly_stats_v1 AS
    SELECT at AS hour, channel, outcome, sum(deliveries)::bigint AS deliveries,
        CASE count(*) WHEN 1 THEN min(median_seconds) ELSE lateness_within(0.5, sum_histograms(lateness)) END
            AS median_seconds_after_due,
        CASE count(*) WHEN 1 THEN min(p99_seconds) ELSE lateness_within(0.99, sum_histograms(lateness)) END
            AS p99_seconds_after_due
    FROM counted_deliveries
    WHERE span = 'hour'
    GROUP BY 1, 2, 3;
COMMENT ON VIEW reporting.hourly_stats_v1 IS
    'Final records by hour, channel and outcome; seconds include deliberate holds, and are at most 9.1 % above the exact value.';

GRANT SELECT ON reporting.hourly_stats_v1 TO reminders_reporting;
