-- See check_mail_address().
CREATE OR REPLACE FUNCTION preferences_check_email() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM check_mail_address(NEW.email_override, 'user_notification_preferences.email_override');
    RETURN NEW;
END $$;
REVOKE EXECUTE ON FUNCTION preferences_check_email() FROM PUBLIC;

DROP TRIGGER IF EXISTS preferences_check_email ON user_notification_preferences;
CREATE TRIGGER preferences_check_email BEFORE INSERT OR UPDATE OF email_override ON user_notification_preferences
    FOR EACH ROW WHEN (NEW.email_override IS NOT NULL) EXECUTE FUNCTION preferences_check_email();
