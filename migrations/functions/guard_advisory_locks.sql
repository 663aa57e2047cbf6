-- Leaves advisory locks of this database to roles that work with it. Everybody may take any lock as PostgreSQL comes, so
-- that a login which only reads could stop deciding, migrating and taking over. Roles that are there keep the right, for
-- locks of their own; only reminders_reporting and its members do not.
--
-- The functions are PostgreSQL's, so it takes a superuser; for anybody else it does nothing.
--
-- Returns whether reminders_reporting can take no locks.
CREATE OR REPLACE FUNCTION guard_advisory_locks() RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    lock regprocedure;
    role name;
BEGIN
    FOR lock IN
        SELECT p.oid FROM pg_proc p
        WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname ~ '^pg_(try_)?advisory_'
            AND has_function_privilege('reminders_reporting', p.oid, 'EXECUTE') AND pg_has_role(p.proowner, 'USAGE')
    LOOP
        FOR role IN
            SELECT r.rolname FROM pg_roles r
            WHERE NOT r.rolsuper AND r.rolname !~ '^pg_' AND (r.rolcanlogin OR r.rolname ~ '^reminders_')
                AND NOT pg_has_role(r.oid, 'reminders_reporting', 'MEMBER')
        LOOP
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', lock, role);
        END LOOP;
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', lock);
    END LOOP;
    RETURN NOT EXISTS (
        SELECT FROM pg_proc p
        WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname ~ '^pg_(try_)?advisory_'
            AND has_function_privilege('reminders_reporting', p.oid, 'EXECUTE'));
END $$;

REVOKE EXECUTE ON FUNCTION guard_advisory_locks() FROM PUBLIC;
