-- Gives the database the name of whoever works on it first, where it has none and is where it was.
CREATE OR REPLACE FUNCTION adopt_database(here text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE deployment SET name = here, claimed_at = now()
    WHERE name IS NULL AND place = database_place()
$$;

REVOKE EXECUTE ON FUNCTION adopt_database(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION adopt_database(text)
    TO reminders_scheduler, reminders_rate_limiter, reminders_sender, reminders_frontend_push, reminders_api;
