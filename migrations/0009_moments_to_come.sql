-- What was said to have happened in the future happened by now at the latest: since then nothing that was said of these
-- cases counted.
UPDATE cases SET
    changed_at = least(changed_at, now()),
    closed_at = CASE WHEN closed_at > now() THEN now() ELSE closed_at END,
    deleted_at = CASE WHEN deleted_at > now() THEN now() ELSE deleted_at END,
    updated_at = now()
WHERE changed_at > now() OR closed_at > now() OR deleted_at > now();
