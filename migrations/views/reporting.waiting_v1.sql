CREATE OR REPLACE VIEW reporting.waiting_v1 AS
    SELECT channel, state, reason, count(*) AS deliveries, min(due_at) AS oldest_due_at, min(release_at) AS next_release_at
    FROM deliveries
    WHERE state IN ('requested', 'held', 'sending')
    GROUP BY 1, 2, 3;
COMMENT ON VIEW reporting.waiting_v1 IS 'What has not come to an end yet, and why.';

GRANT SELECT ON reporting.waiting_v1 TO reminders_reporting;
