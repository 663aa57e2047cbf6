-- Takes in what is said of a case: the one place where a case is written, for events, the API and attached tables.
--
-- said names the columns that something is said of (title, status, deadline, closed, url, readers); the others stay as they are, or
-- empty. Whatever is said of a case brings it back, unless it says that it is gone (deleted_at). A case that has changed
-- later than unless_changed_since is left; NULL leaves every one that is known, and only introduces the others.
--
-- Returns whether the case is new or was written; one that would be the same is written only where that is wanted.
CREATE OR REPLACE FUNCTION put_case(
    about cases, said text[], unless_changed_since timestamptz, even_if_same boolean DEFAULT true)
RETURNS boolean
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO cases AS c (entity_type, id, title, status, deadline, closed_at, url, readers, changed_at, deleted_at)
    VALUES (about.entity_type, about.id, about.title, about.status, about.deadline, about.closed_at, about.url, about.readers,
        coalesce(about.changed_at, '-infinity'), about.deleted_at)
    ON CONFLICT (entity_type, id) DO UPDATE SET
        title = CASE WHEN 'title' = ANY (said) THEN excluded.title ELSE c.title END,
        status = CASE WHEN 'status' = ANY (said) THEN excluded.status ELSE c.status END,
        deadline = CASE WHEN 'deadline' = ANY (said) THEN excluded.deadline ELSE c.deadline END,
        closed_at = CASE WHEN 'closed' <> ALL (said) THEN c.closed_at
                         WHEN excluded.closed_at IS NOT NULL THEN coalesce(c.closed_at, excluded.closed_at) END,
        url = CASE WHEN 'url' = ANY (said) THEN excluded.url ELSE c.url END,
        readers = CASE WHEN 'readers' = ANY (said) THEN excluded.readers ELSE c.readers END,
        changed_at = greatest(c.changed_at, excluded.changed_at),
        deleted_at = CASE WHEN excluded.deleted_at IS NOT NULL THEN coalesce(c.deleted_at, excluded.deleted_at) END,
        updated_at = now()
    WHERE c.changed_at <= unless_changed_since
        AND (even_if_same
             OR (c.deleted_at IS NULL) <> (excluded.deleted_at IS NULL)
             OR 'title' = ANY (said) AND c.title IS DISTINCT FROM excluded.title
             OR 'status' = ANY (said) AND c.status IS DISTINCT FROM excluded.status
             OR 'deadline' = ANY (said) AND c.deadline IS DISTINCT FROM excluded.deadline
             OR 'closed' = ANY (said) AND (c.closed_at IS NULL) <> (excluded.closed_at IS NULL)
             OR 'url' = ANY (said) AND c.url IS DISTINCT FROM excluded.url
             OR 'readers' = ANY (said) AND c.readers IS DISTINCT FROM excluded.readers);
    RETURN FOUND;
END $$;

-- It asks for the rights on cases of whoever runs it; a service without them is refused before it has begun.
REVOKE EXECUTE ON FUNCTION put_case(cases, text[], timestamptz, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION put_case(cases, text[], timestamptz, boolean) TO reminders_scheduler, reminders_api;
