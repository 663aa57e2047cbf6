-- true while one more notification of the user is within the limit, whoever causes it (permits of the last 60 minutes; those of
-- what others cause are counted by themselves).
CREATE OR REPLACE FUNCTION check_reminder_rate_limit(user_id text, maximum integer DEFAULT 5) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT count(*) FILTER (WHERE NOT of_others) < maximum AND count(*) FILTER (WHERE of_others) < maximum FROM permits
        WHERE recipient = check_reminder_rate_limit.user_id AND granted_at > clock_timestamp() - interval '1 hour');
END $$;

-- The seed's own signature: user ids were integers there.
CREATE OR REPLACE FUNCTION check_reminder_rate_limit(user_id bigint, maximum integer DEFAULT 5) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT check_reminder_rate_limit(user_id::text, maximum)
$$;
