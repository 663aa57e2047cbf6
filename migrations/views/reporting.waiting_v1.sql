CREATE OR REPLACE VIEW reporting.waiting_v1 AS
    SELECT channel, state, waiting_reason(state, channel, reason) AS reason, sum(deliveries)::bigint AS deliveries,
        min(oldest_due_at) AS oldest_due_at, min(next_release_at) AS next_release_at, NULL::interval AS overdue
    FROM (
        SELECT channel, state, reason, count(*) AS deliveries, min(due_at) AS oldest_due_at,
            min(release_at) AS next_release_at
        FROM deliveries
        WHERE state IN ('requested', 'held', 'sending')
        GROUP BY 1, 2, 3) waiting
    GROUP BY 1, 2, 3
    UNION ALL
    SELECT NULL, 'overdue', stage, count(*), min(due_at), NULL, max(overdue)
    FROM overdue_occurrences
    WHERE overdue > interval '1 second'
    GROUP BY stage;
COMMENT ON VIEW reporting.waiting_v1 IS
    'What has not come to an end yet, and why. State overdue: occurrences, not deliveries, that a scheduler or a '
    'rate-limiter should have taken up, with how long the oldest has waited.';

GRANT SELECT ON reporting.waiting_v1 TO reminders_reporting;
