-- Who has this person reminded, as they are shown it: the name that users know, or the id of one who has none; NULL where they
-- did it themselves, where nobody knows who, and of somebody who was erased. StoredFacts.creator says the same of messages.
CREATE OR REPLACE FUNCTION shown_creator(reminder bigint, reader text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(nullif(u.display_name, ''), r.created_by)
    FROM sag_reminders r LEFT JOIN users u ON u.id = r.created_by
    WHERE r.id = reminder AND r.created_by <> reader AND NOT starts_with(r.created_by, 'erased:')
$$;

-- The names of others, which frontend-push has no right to read.
REVOKE EXECUTE ON FUNCTION shown_creator(bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION shown_creator(bigint, text) TO reminders_frontend_push, reminders_api;
