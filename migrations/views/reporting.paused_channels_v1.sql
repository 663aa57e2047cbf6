CREATE OR REPLACE VIEW reporting.paused_channels_v1 AS
    SELECT channel, min(since) AS since, reporting.mask_words((array_agg(reason ORDER BY since))[1]) AS reason, count(*) AS senders
    FROM channel_pauses
    WHERE is_living_instance(instance)
    GROUP BY channel;
COMMENT ON VIEW reporting.paused_channels_v1 IS
    'Channels that cannot work until an operator has mended something: since when, what the other side said first, and how '
    'many of the running senders wait for that.';

GRANT SELECT ON reporting.paused_channels_v1 TO reminders_reporting;
