-- When a reminder of this deadline is due: calendar days back on the clock of the zone, then hours and minutes of 60
-- minutes and 60 seconds. Domain.LeadTime computes the same.
CREATE OR REPLACE FUNCTION deadline_reminder_moment(deadline timestamptz, config jsonb, zone text) RETURNS timestamptz
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN coalesce((config ->> 'days_before')::integer, 0) = 0 THEN deadline
                ELSE instant_of_local((deadline AT TIME ZONE zone) - (config ->> 'days_before')::integer * interval '1 day',
                                      zone) END
        - make_interval(hours => CASE WHEN config = '{}' THEN 24 ELSE coalesce((config ->> 'hours_before')::integer, 0) END,
                        mins => coalesce((config ->> 'minutes_before')::integer, 0))
$$;
