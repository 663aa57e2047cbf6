-- Tells every frontend-push, in the transaction that settles them, whose pop-ups are to go from the screens:
-- {"user": "1", "kind": "dismissed", "ids": [41, 42]}; kind restored says that they are pending again. A notification
-- holds 8,000 bytes: 200 ids and the longest user id. The channel has a name that only frontend-push may read, since anybody
-- who is connected may listen to a channel they know, and say anything on it.
CREATE OR REPLACE FUNCTION popups_tell_settled() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_notify((SELECT name FROM popup_channel),
        jsonb_build_object('user', user_id, 'kind', coalesce(settled_how, 'restored'),
            'ids', jsonb_agg(id ORDER BY id))::text)
    FROM (
        SELECT user_id, settled_how, id,
            (row_number() OVER (PARTITION BY user_id, settled_how ORDER BY id) - 1) / 200 AS part
        FROM changed) settled
    GROUP BY user_id, settled_how, part;
    RETURN NULL;
END $$;

-- Triggers need no right to run it. Whoever could put it on a table of their own could write through it into ours.
REVOKE EXECUTE ON FUNCTION popups_tell_settled() FROM PUBLIC;

DROP TRIGGER IF EXISTS popups_tell_settled ON popups;
CREATE TRIGGER popups_tell_settled AFTER UPDATE ON popups
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION popups_tell_settled();
