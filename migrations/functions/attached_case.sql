-- The case that such values are; its id is NULL, with a warning, when it can be none. What is too long is cut.
CREATE OR REPLACE FUNCTION attached_case(line jsonb, columns jsonb) RETURNS cases
LANGUAGE plpgsql STABLE AS $$
DECLARE
    about cases;
BEGIN
    about.entity_type := columns ->> 'entity_type';
    about.id := line ->> 'id';
    about.title := left(line ->> 'title', 500);
    about.status := left(line ->> 'status', 100);
    about.url := web_link(line ->> 'url');
    about.deadline := attached_deadline(line ->> 'deadline', coalesce(columns ->> 'zone', 'UTC'));
    about.changed_at := clock_timestamp();
    IF columns -> 'closed' ? (line ->> 'status') THEN
        about.closed_at := about.changed_at;
    END IF;
    -- A flag, a number that is one, or the time when it happened.
    about.deleted_at := CASE WHEN coalesce(line ->> 'deleted', 'false') NOT IN ('false', '0') THEN about.changed_at END;
    IF about.id IS NULL OR about.id = '' OR octet_length(about.id) > 200 THEN
        RAISE WARNING 'reminders: a row is left out: its id is missing or longer than 200 bytes';
        about.id := NULL;
    END IF;
    IF about.title <> line ->> 'title' OR about.status <> line ->> 'status' THEN
        RAISE WARNING 'reminders: title or status of % % is too long: cut', about.entity_type, about.id;
    END IF;
    IF about.url IS NULL AND line ->> 'url' <> '' THEN
        RAISE WARNING 'reminders: the link of % % is left out: it is none', about.entity_type, about.id
            USING HINT = 'A link begins with http:// or https:// and a host name in ASCII, and has no user name.';
    END IF;
    IF about.title <> '' AND NOT is_visible(about.title) THEN
        RAISE WARNING 'reminders: the title of % % is left out: it has nothing that can be seen', about.entity_type, about.id;
        about.title := NULL;
    END IF;
    RETURN about;
END $$;
