-- Applied before the migrations: one fills a table by it.
--
-- Where this database is: the number that its cluster got when it was made, and its own number there. A copy by dump, or as a
-- template, has another place; a physical copy (a base backup, a snapshot, a standby that was promoted) has the same. What
-- this login may not see is left out.
CREATE OR REPLACE FUNCTION database_place() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    cluster text;
BEGIN
    BEGIN
        SELECT system_identifier::text INTO cluster FROM pg_control_system();
    EXCEPTION WHEN insufficient_privilege THEN
        cluster := '?';
    END;
    RETURN cluster || '/' || (SELECT oid FROM pg_database WHERE datname = current_database());
END $$;
