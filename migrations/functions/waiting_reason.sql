-- Why a delivery that has not come to an end waits, as people see it: what the ledger says, or that its channel makes a
-- pause. The word is PausedChannel.reason.
CREATE OR REPLACE FUNCTION waiting_reason(state text, channel text, reason text) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN state = 'requested' AND EXISTS (
            SELECT FROM channel_pauses pause
            WHERE pause.channel = waiting_reason.channel AND is_living_instance(pause.instance))
        THEN 'channel_paused' ELSE reason END
$$;
