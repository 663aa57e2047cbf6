-- Who is erased with a person, as the ledger names them: the person first, then the mail addresses that are theirs alone. An
-- address that somebody else has too is not only theirs.
CREATE OR REPLACE FUNCTION names_to_erase(person text) RETURNS TABLE (name text, place bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH written AS (
        SELECT u.id AS user_id, lower(address) AS address
        FROM users u LEFT JOIN user_notification_preferences p ON p.user_id = u.id
        CROSS JOIN LATERAL (VALUES (u.email), (p.email_override)) has (address)
        WHERE address IS NOT NULL)
    SELECT person, 1::bigint
    UNION ALL
    SELECT 'mailto:' || address, 1 + row_number() OVER (ORDER BY address) FROM (
        SELECT DISTINCT address FROM written mine WHERE user_id = person AND NOT EXISTS (
            SELECT FROM written theirs WHERE theirs.address = mine.address AND theirs.user_id <> person)) theirs
$$;
REVOKE EXECUTE ON FUNCTION names_to_erase(text) FROM PUBLIC;
