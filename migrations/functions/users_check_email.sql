-- See check_mail_address().
CREATE OR REPLACE FUNCTION users_check_email() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM check_mail_address(NEW.email, 'users.email');
    RETURN NEW;
END $$;
REVOKE EXECUTE ON FUNCTION users_check_email() FROM PUBLIC;

DROP TRIGGER IF EXISTS users_check_email ON users;
CREATE TRIGGER users_check_email BEFORE INSERT OR UPDATE OF email ON users
    FOR EACH ROW WHEN (NEW.email IS NOT NULL) EXECUTE FUNCTION users_check_email();
