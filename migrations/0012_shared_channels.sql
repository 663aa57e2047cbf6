-- What is told about pop-ups is heard, and said, only by whoever can read the channel's name here: PostgreSQL lets
-- everybody who may connect listen to any channel and notify it.
CREATE TABLE popup_channel (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    name     text NOT NULL DEFAULT 'reminders_popups_' || replace(gen_random_uuid()::text, '-', '')
);
COMMENT ON TABLE popup_channel IS 'The name of the channel on which is told that pop-ups were settled: nobody guesses it.';
INSERT INTO popup_channel DEFAULT VALUES;
GRANT SELECT ON popup_channel TO reminders_frontend_push;

-- The reasons are a server's words, and may hold addresses: reporting.paused_channels_v1 masks them.
REVOKE SELECT ON channel_pauses FROM reminders_reporting;
GRANT SELECT (channel, instance, since) ON channel_pauses TO reminders_reporting;
