-- One role a service, each with the least it needs. They cannot log in as they are: give your login roles membership,
-- or, as ./run does, the roles themselves LOGIN and a password. Roles belong to the whole cluster, so they may exist.

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['reminders_scheduler', 'reminders_rate_limiter', 'reminders_sender',
                                'reminders_frontend_push', 'reminders_api', 'reminders_reporting'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', name);
            EXCEPTION
                WHEN duplicate_object OR unique_violation THEN NULL;  -- made by another database at this moment
                WHEN insufficient_privilege THEN
                    RAISE EXCEPTION 'role % is missing and % may not create it', name, current_user
                        USING HINT = format('As a superuser: CREATE ROLE %I NOLOGIN; then migrate again.', name);
            END;
        END IF;
    END LOOP;
END $$;

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public
    TO reminders_scheduler, reminders_rate_limiter, reminders_sender, reminders_frontend_push, reminders_api;

GRANT SELECT ON schema_migrations
    TO reminders_scheduler, reminders_rate_limiter, reminders_sender, reminders_frontend_push, reminders_api;
GRANT SELECT, INSERT ON dead_letters
    TO reminders_scheduler, reminders_rate_limiter, reminders_sender, reminders_frontend_push;

GRANT SELECT ON sag_reminders TO reminders_scheduler;
GRANT UPDATE (next_check_at, last_fired_at, fired_count) ON sag_reminders TO reminders_scheduler;
GRANT SELECT, INSERT, UPDATE ON sag_reminder_queue, cases TO reminders_scheduler;
GRANT SELECT, INSERT ON case_events TO reminders_scheduler;
GRANT SELECT, INSERT ON sag_reminder_logs TO reminders_scheduler;
GRANT SELECT, DELETE ON permits TO reminders_scheduler;

GRANT SELECT ON sag_reminders, cases, users, user_notification_preferences, sag_reminder_responses
    TO reminders_rate_limiter;
GRANT SELECT ON sag_reminder_queue TO reminders_rate_limiter;
GRANT UPDATE (status, reason, processed_at) ON sag_reminder_queue TO reminders_rate_limiter;
GRANT SELECT, INSERT, UPDATE ON deliveries TO reminders_rate_limiter;
GRANT SELECT, INSERT, DELETE ON permits TO reminders_rate_limiter;
GRANT SELECT, INSERT ON sag_reminder_logs TO reminders_rate_limiter;

GRANT SELECT ON deliveries TO reminders_sender, reminders_frontend_push;
GRANT UPDATE (state, reason, attempts, owner, lease_until, reply, finished_at) ON deliveries
    TO reminders_sender, reminders_frontend_push;
GRANT SELECT, INSERT ON sag_reminder_logs TO reminders_sender, reminders_frontend_push;

GRANT SELECT ON ALL TABLES IN SCHEMA public TO reminders_api;
GRANT INSERT, UPDATE ON sag_reminders, sag_reminder_queue, sag_reminder_responses, cases, users,
    user_notification_preferences TO reminders_api;
GRANT INSERT ON sag_reminder_logs TO reminders_api;

GRANT USAGE ON SCHEMA reporting TO reminders_reporting;
GRANT SELECT ON ALL TABLES IN SCHEMA reporting TO reminders_reporting;
GRANT EXECUTE ON FUNCTION reporting.mask(text) TO reminders_reporting;
DO $$
BEGIN
    ALTER ROLE reminders_reporting SET default_transaction_read_only = on;
    ALTER ROLE reminders_reporting SET statement_timeout = '30s';
EXCEPTION
    WHEN insufficient_privilege THEN
        RAISE WARNING 'role reminders_reporting keeps its own settings: % may not alter it', current_user;
    WHEN internal_error THEN
        -- "tuple concurrently updated": another database of the cluster does the same at this moment.
        NULL;
END $$;
