-- How many rows of each table an erasure of a person would change: what erase_slice() looks for, all at once.
CREATE OR REPLACE FUNCTION personal_rows(person text) RETURNS TABLE (place text, rows bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    names text[] := ARRAY(SELECT name FROM names_to_erase(person));
    traces record;
BEGIN
    SELECT * INTO traces FROM traces_of_person(person);
    RETURN QUERY
    SELECT 'users', count(*) FROM users WHERE id = person
    UNION ALL SELECT 'user_notification_preferences', count(*) FROM user_notification_preferences WHERE user_id = person
    UNION ALL SELECT 'user_addresses', count(*) FROM user_addresses WHERE user_id = person
    UNION ALL SELECT 'sag_reminders', count(*) FROM sag_reminders
        WHERE array_append(recipient_user_ids, created_by) && names OR recipients && names
    UNION ALL SELECT 'cases', count(*) FROM cases WHERE readers IS NOT NULL AND readers && names
    UNION ALL SELECT 'sag_reminder_responses', count(*) FROM sag_reminder_responses WHERE user_id = ANY (names)
    UNION ALL SELECT 'sag_reminder_queue', count(*) FROM sag_reminder_queue WHERE only_recipient = ANY (names)
    UNION ALL SELECT 'deliveries', count(*) FROM deliveries WHERE recipient = ANY (names)
    UNION ALL SELECT 'sag_reminder_logs', count(*) FROM sag_reminder_logs
        WHERE user_id = ANY (names) OR kind = 'retry' AND details ->> 'by' = ANY (names)
    UNION ALL SELECT 'popups', count(*) FROM popups WHERE user_id = ANY (names)
    UNION ALL SELECT 'permits', count(*) FROM permits WHERE recipient = ANY (names)
    UNION ALL SELECT 'dead_letters', count(*) FROM dead_letters WHERE names_person(
        body || convert_to(concat_ws(E'\n', '', details::text, message_id, type, reason), 'UTF8'),
        traces.plain, traces.coded, traces.key_pattern)
    UNION ALL SELECT 'idempotency_keys', count(*) FROM idempotency_keys WHERE user_id = ANY (names)
        OR names_person(response, traces.plain, traces.coded, traces.key_pattern);
END $$;
REVOKE EXECUTE ON FUNCTION personal_rows(text) FROM PUBLIC;
