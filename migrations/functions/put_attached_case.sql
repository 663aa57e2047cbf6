-- Takes a case in. What the table does not tell (deadline, url, closed) stays as it is.
--
-- Returns whether anything changed.
CREATE OR REPLACE FUNCTION put_attached_case(about cases, columns jsonb, unless_changed_since timestamptz) RETURNS boolean
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF about.id IS NULL THEN
        RETURN false;
    END IF;
    INSERT INTO cases AS c (entity_type, id, title, status, deadline, closed_at, url, changed_at, deleted_at)
    VALUES (about.entity_type, about.id, about.title, about.status, about.deadline, about.closed_at, about.url,
        about.changed_at, about.deleted_at)
    ON CONFLICT (entity_type, id) DO UPDATE SET
        title = excluded.title,
        status = excluded.status,
        deadline = CASE WHEN columns ? 'deadline' THEN excluded.deadline ELSE c.deadline END,
        closed_at = CASE WHEN NOT columns ? 'closed' THEN c.closed_at
                         WHEN excluded.closed_at IS NOT NULL THEN coalesce(c.closed_at, excluded.closed_at) END,
        url = CASE WHEN columns ? 'url' THEN excluded.url ELSE c.url END,
        changed_at = greatest(c.changed_at, excluded.changed_at),
        deleted_at = CASE WHEN excluded.deleted_at IS NOT NULL THEN coalesce(c.deleted_at, excluded.deleted_at) END,
        updated_at = now()
    WHERE c.changed_at < unless_changed_since
        AND ((c.title, c.status, c.deleted_at IS NULL)
             IS DISTINCT FROM (excluded.title, excluded.status, excluded.deleted_at IS NULL)
             OR columns ? 'deadline' AND c.deadline IS DISTINCT FROM excluded.deadline
             OR columns ? 'url' AND c.url IS DISTINCT FROM excluded.url
             OR columns ? 'closed' AND (c.closed_at IS NULL) <> (excluded.closed_at IS NULL));
    RETURN FOUND;
END $$;
