-- Who is reminded, where they can be reached, and when they do not want to be.

-- true when the name is one this server's time zone data knows, as in users.time_zone = 'Europe/Copenhagen'.
CREATE FUNCTION is_time_zone(name text) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    PERFORM timestamptz 'epoch' AT TIME ZONE name;
    -- Offsets such as '+03:00' are accepted by AT TIME ZONE, but have no clock changes: not what a person lives in.
    RETURN name ~ '^[A-Za-z]';
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN false;
END $$;

CREATE TABLE users (
    id                  text PRIMARY KEY CHECK (id <> '' AND octet_length(id) <= 200),
    display_name        text CHECK (char_length(display_name) <= 200),
    email               text CHECK (char_length(email) <= 254 AND email !~ '[[:cntrl:]]'),
    mattermost_username text CHECK (mattermost_username ~ '^[a-z0-9._-]{1,64}$'),
    locale              text NOT NULL DEFAULT 'en' CHECK (locale ~ '^[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*$'),
    time_zone           text NOT NULL DEFAULT 'UTC'
        CONSTRAINT users_time_zone_is_known CHECK (is_time_zone(time_zone)),
    created_at          timestamptz NOT NULL DEFAULT now(),
    updated_at          timestamptz NOT NULL DEFAULT now(),
    deleted_at          timestamptz
);
COMMENT ON COLUMN users.id IS 'The sub of the person''s token; opaque text.';
COMMENT ON COLUMN users.mattermost_username IS 'Without the @. NULL: posts go to the webhook''s own channel.';

CREATE TABLE user_notification_preferences (
    user_id             text PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    notify_email        boolean NOT NULL DEFAULT true,
    notify_mattermost   boolean NOT NULL DEFAULT false,
    notify_frontend     boolean NOT NULL DEFAULT true,
    email_override      text CHECK (char_length(email_override) <= 254 AND email_override !~ '[[:cntrl:]]'),
    quiet_hours_enabled boolean NOT NULL DEFAULT false,
    quiet_hours_start   time NOT NULL DEFAULT '22:00',
    quiet_hours_end     time NOT NULL DEFAULT '07:00',
    quiet_hours_days    smallint[] NOT NULL DEFAULT '{1,2,3,4,5,6,7}'
        CHECK (quiet_hours_days <@ '{1,2,3,4,5,6,7}'::smallint[]),
    created_at          timestamptz NOT NULL DEFAULT now(),
    updated_at          timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE user_notification_preferences IS 'A person without a row has the defaults of these columns.';
COMMENT ON COLUMN user_notification_preferences.email_override IS 'Mail goes here instead of users.email.';
COMMENT ON COLUMN user_notification_preferences.quiet_hours_start IS
    'Local time in users.time_zone; with an end before the start the hours run over midnight.';
COMMENT ON COLUMN user_notification_preferences.quiet_hours_days IS 'ISO weekdays (1 = Monday) on which they begin.';
