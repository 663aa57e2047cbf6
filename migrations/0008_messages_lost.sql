-- What was handed over to the broker and has not come to an end: looked through for what the broker has lost.
CREATE INDEX deliveries_on_the_way ON deliveries (channel, requested_at) WHERE finished_at IS NULL AND release_at IS NULL;
COMMENT ON COLUMN deliveries.lease_until IS
    'While it is on the way: until when whoever has it may keep it, or when it was handed over last, or is to be after a wait. '
    'NULL: at requested_at.';

GRANT UPDATE (available_at) ON sag_reminder_queue TO reminders_rate_limiter;
GRANT SELECT ON dead_letters, channel_pauses TO reminders_rate_limiter;
