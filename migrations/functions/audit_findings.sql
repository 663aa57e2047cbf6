-- What should have gone on by itself and has not for so long, by kind and channel; of each kind no more than most is
-- counted. Generated from SQL.auditFunction in the Store: change it there, and run the tests with
-- REMINDERS_WRITE_GENERATED=1.
CREATE OR REPLACE FUNCTION audit_findings(patience interval, most bigint)
RETURNS TABLE (kind text, channel text, count bigint, are_more boolean, since timestamptz, examples text[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH RECURSIVE on_the_way AS (
        (SELECT d.channel FROM deliveries d WHERE d.finished_at IS NULL AND d.release_at IS NULL
         ORDER BY d.channel LIMIT 1)
        UNION ALL
        SELECT (SELECT d.channel FROM deliveries d
                WHERE d.finished_at IS NULL AND d.release_at IS NULL AND d.channel > before.channel
                ORDER BY d.channel LIMIT 1)
        FROM on_the_way before WHERE before.channel IS NOT NULL
    ), found AS (
        (SELECT 'not_claimed' AS kind, NULL::text AS channel, t.reminder_id::text AS example, t.next_check_at AS since
         FROM sag_reminder_times t
         WHERE t.next_check_at < now() - patience
         ORDER BY t.next_check_at LIMIT most + 1)
        UNION ALL
        (SELECT 'not_published', NULL, q.id::text, greatest(q.due_at, q.created_at)
         FROM sag_reminder_queue q
         WHERE q.published_at IS NULL AND q.available_at < now() + interval '20 minutes'
             AND greatest(q.due_at, q.created_at) < now() - patience
         ORDER BY q.available_at LIMIT most + 1)
        UNION ALL
        (SELECT 'not_decided', NULL, q.id::text, greatest(q.due_at, q.created_at)
         FROM sag_reminder_queue q
         WHERE q.published_at IS NOT NULL AND q.processed_at IS NULL AND q.due_at < now() - patience
             AND greatest(q.due_at, q.created_at) < now() - patience
             AND NOT EXISTS (SELECT FROM dead_letters l WHERE l.settled_at IS NULL AND l.message_id = q.id::text)
         ORDER BY q.due_at LIMIT most + 1)
        UNION ALL
        (SELECT 'not_released', d.channel, d.id::text, d.release_at
         FROM deliveries d
         WHERE d.release_at < now() - patience AND d.state IN ('held', 'requested')
         ORDER BY d.release_at LIMIT most + 1)
        UNION ALL
        (
        SELECT CASE WHEN d.is_stranded OR d.since < come_through.requested_at - patience
                THEN 'forgotten' ELSE 'not_sent' END, c.channel, d.id::text, d.since
        FROM on_the_way c
        CROSS JOIN LATERAL (
            SELECT max(d.requested_at) AS requested_at
            FROM unnest(ARRAY['sent', 'rejected', 'withdrawn', 'dropped', 'dry_run', 'dead', 'unknown']) AS o (outcome)
            CROSS JOIN LATERAL (
                SELECT l.occurrence_id, l.user_id, l.channel, l.generation FROM sag_reminder_logs l
                WHERE l.kind = 'delivery' AND l.outcome = o.outcome AND l.channel = c.channel
                ORDER BY l.created_at DESC, l.id DESC LIMIT 20) ended
            JOIN deliveries d ON d.occurrence_id = ended.occurrence_id AND d.recipient = ended.user_id
                AND d.channel = ended.channel AND d.generation = ended.generation AND d.attempts > 0
            OFFSET 0) come_through
        CROSS JOIN LATERAL (
            SELECT d.id, (CASE WHEN d.state = 'sending' AND NOT is_living_instance(d.owner) THEN d.requested_at
            ELSE coalesce(d.lease_until, d.requested_at) END) AS since,
                coalesce(d.carrier_occurrence_id <> d.occurrence_id, false) AS is_stranded
            FROM (
                SELECT * FROM deliveries
                WHERE channel = c.channel AND finished_at IS NULL AND release_at IS NULL
                    AND requested_at < now() - patience
                ORDER BY requested_at LIMIT 5000) d
            WHERE d.state IN ('requested', 'sending') AND (CASE WHEN d.state = 'sending' AND NOT is_living_instance(d.owner) THEN d.requested_at
            ELSE coalesce(d.lease_until, d.requested_at) END) < now() - patience
                AND NOT EXISTS (SELECT FROM dead_letters l WHERE l.settled_at IS NULL AND l.message_id = d.id::text)
                AND (coalesce(d.carrier_occurrence_id = d.occurrence_id, true) OR NOT EXISTS (
                    SELECT FROM deliveries carrier
                    WHERE carrier.occurrence_id = d.carrier_occurrence_id AND carrier.recipient = d.recipient
                        AND carrier.channel = d.channel AND carrier.finished_at IS NULL))
            ORDER BY d.requested_at LIMIT most + 1) d
        WHERE c.channel IS NOT NULL AND NOT EXISTS (
            SELECT FROM channel_pauses p WHERE p.channel = c.channel AND is_living_instance(p.instance))
        )
    )
    SELECT f.kind, f.channel, least(count(*), most), count(*) > most, min(f.since),
        (array_agg(f.example ORDER BY f.since))[1:5]
    FROM found f
    GROUP BY f.kind, f.channel
    ORDER BY f.kind, f.channel;
END $$;

-- It tells ids, and neither addresses nor what was written.
REVOKE EXECUTE ON FUNCTION audit_findings(interval, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_findings(interval, bigint) TO reminders_scheduler;
