-- Final records by hour and by day of UTC, channel and outcome, to the last row: where some were recorded in the last minute,
-- as two rows.
CREATE OR REPLACE VIEW counted_deliveries AS
    SELECT span, at, channel, outcome, deliveries, lateness, median_seconds, p99_seconds FROM delivery_counts
    UNION ALL
    SELECT span, at, channel, outcome, deliveries, lateness, lateness_within(0.5, lateness), lateness_within(0.99, lateness)
    FROM (
        SELECT span, at, channel, outcome, sum(deliveries)::bigint AS deliveries, histogram(step, deliveries) AS lateness
        FROM (
            SELECT span, date_trunc(span, hour, 'UTC') AS at, channel, outcome, lateness AS step,
                sum(deliveries)::bigint AS deliveries
            FROM delivery_counts_added CROSS JOIN unnest(ARRAY['hour', 'day']) AS spans (span)
            GROUP BY 1, 2, 3, 4, 5) steps
        GROUP BY 1, 2, 3, 4) added;

GRANT SELECT ON counted_deliveries TO reminders_api;
