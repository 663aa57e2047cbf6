-- Goes on with an erasure by one slice, which is short, whatever there is of the person. Any number may: who comes while
-- another is at it does nothing. It is in one step after the other, each of which finds nothing more once it has been through.
-- Rows are found by ranges of their keys, so that no index is needed that everybody would pay for.
--
-- What waits for the person is ended. What a living sender has in hand is left until that is over: then the slice changes
-- nothing and the step stays.
--
-- Returns what it has ended, for the final records: the columns of deliveries.
CREATE OR REPLACE FUNCTION erase_slice(which uuid) RETURNS TABLE (
    occurrence_id bigint, recipient text, channel text, generation smallint, id uuid, reminder_id bigint, state text,
    attempts smallint, due_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
    at erasures;
    names text[];
    size integer;
    upto bigint;
    busy bigint;
    found_here bigint := 0;
    more bigint;
    gone_text constant text := '(erased)';
    gone_reason constant text := 'it named a person who was erased';
    last_answer text[];
BEGIN
    SELECT e.* INTO at FROM erasures e WHERE e.id = which AND e.finished_at IS NULL FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    names := ARRAY(SELECT e.name FROM erased_names e WHERE e.erasure = which);
    -- Bodies and answers are read and searched; of the rest most rows are somebody else's and are passed over.
    size := CASE at.step WHEN 'screens' THEN 500 WHEN 'reminders' THEN 100 WHEN 'dead_letters' THEN 50 WHEN 'answers' THEN 200
        ELSE 5000 END;

    CASE at.step
    WHEN 'screens' THEN
        -- As any pop-up that nobody wants any more, so that it goes from the screen: told with the name that is still there.
        UPDATE popups p SET settled_at = now(), settled_how = 'withdrawn'
        FROM (SELECT occurrence_id, user_id FROM popups
              WHERE user_id = ANY (names) AND settled_at IS NULL LIMIT size) theirs
        WHERE p.occurrence_id = theirs.occurrence_id AND p.user_id = theirs.user_id;
        GET DIAGNOSTICS more = ROW_COUNT;
        upto := nullif(more, 0);

    WHEN 'reminders' THEN
        WITH theirs AS (
            (SELECT r.id FROM sag_reminders r WHERE array_append(r.recipient_user_ids, r.created_by) && names LIMIT size)
            UNION (SELECT r.id FROM sag_reminders r WHERE r.recipients && names AND r.recipient_emails <> '{}' LIMIT size)
        ), locked AS (
            SELECT r.id, r.created_by, r.recipients && names AS is_told,
                ARRAY(SELECT who FROM unnest(r.recipient_user_ids) WITH ORDINALITY line (who, place)
                    WHERE who <> ALL (names) ORDER BY place) AS users,
                ARRAY(SELECT who FROM unnest(r.recipient_emails) WITH ORDINALITY line (who, place)
                    WHERE 'mailto:' || lower(who) <> ALL (names) ORDER BY place) AS addresses,
                (SELECT e.pseudonym FROM erased_names e WHERE e.name = ANY (r.recipients) AND e.erasure = which
                 ORDER BY e.pseudonym LIMIT 1) AS pseudonym
            FROM sag_reminders r WHERE r.id IN (SELECT theirs.id FROM theirs) ORDER BY r.id FOR UPDATE
        ), read AS (
            SELECT locked.*, is_told AND cardinality(users) + cardinality(addresses) = 0 AS is_theirs FROM locked
        )
        -- What is for others too goes on for them. What is for the person alone is deleted with its words.
        UPDATE sag_reminders r
        SET recipient_user_ids = CASE WHEN is_theirs THEN ARRAY[read.pseudonym] ELSE read.users END,
            recipient_emails = read.addresses,
            created_by = coalesce((SELECT e.pseudonym FROM erased_names e
                                   WHERE e.name = read.created_by AND e.erasure = which), read.created_by),
            title = CASE WHEN is_theirs THEN gone_text ELSE r.title END,
            message = CASE WHEN NOT is_theirs THEN r.message END,
            deleted_at = CASE WHEN is_theirs THEN coalesce(r.deleted_at, now()) ELSE r.deleted_at END
        FROM read WHERE r.id = read.id;
        GET DIAGNOSTICS found_here = ROW_COUNT;
        UPDATE cases c SET readers = ARRAY(SELECT who FROM unnest(c.readers) who WHERE who <> ALL (names))
        FROM (SELECT entity_type, id FROM cases WHERE readers IS NOT NULL AND readers && names LIMIT size) theirs
        WHERE c.entity_type = theirs.entity_type AND c.id = theirs.id;
        GET DIAGNOSTICS more = ROW_COUNT;
        UPDATE erasures e SET counts = e.counts || jsonb_build_object('cases',
            coalesce((e.counts ->> 'cases')::bigint, 0) + more)
        WHERE e.id = which AND more > 0;
        upto := nullif(found_here + more, 0);

    WHEN 'responses' THEN
        SELECT max(s.reminder_id) INTO upto FROM (
            SELECT reminder_id FROM sag_reminder_responses WHERE reminder_id > at.position ORDER BY reminder_id LIMIT size) s;
        DELETE FROM sag_reminder_responses s
        WHERE s.reminder_id > at.position AND s.reminder_id <= upto AND s.user_id = ANY (names);
        GET DIAGNOSTICS found_here = ROW_COUNT;

    WHEN 'queue' THEN
        SELECT max(q.id) INTO upto FROM (
            SELECT q.id FROM sag_reminder_queue q WHERE q.id > at.position ORDER BY q.id LIMIT size) q;
        UPDATE sag_reminder_queue q SET only_recipient = e.pseudonym
        FROM erased_names e
        WHERE q.id > at.position AND q.id <= upto AND q.only_recipient = e.name AND e.erasure = which;
        GET DIAGNOSTICS found_here = ROW_COUNT;

    WHEN 'deliveries' THEN
        -- As rate-limiters do, and before what they lock: none of them decides about the person meanwhile, and what one of
        -- them had begun before the person was erased is there now.
        PERFORM pg_advisory_xact_lock(1380273485, hash)
        FROM (SELECT DISTINCT hashtext(name) AS hash FROM unnest(names) name ORDER BY 1) ordered;
        SELECT max(d.occurrence_id) INTO upto FROM (
            SELECT occurrence_id FROM deliveries WHERE occurrence_id > at.position ORDER BY occurrence_id LIMIT size) d;
        PERFORM FROM deliveries d
        WHERE d.occurrence_id > at.position AND d.occurrence_id <= upto AND d.recipient = ANY (names)
        ORDER BY d.occurrence_id, d.recipient, d.channel, d.generation FOR UPDATE;
        SELECT min(d.occurrence_id) INTO busy FROM deliveries d
        WHERE d.occurrence_id > at.position AND d.occurrence_id <= upto AND d.recipient = ANY (names)
            AND (d.state = 'sending' AND d.lease_until > now() AND is_living_instance(d.owner)
                 OR d.state = 'requested' AND d.carrier_occurrence_id <> d.occurrence_id AND EXISTS (
                    SELECT FROM deliveries c
                    WHERE c.occurrence_id = d.carrier_occurrence_id AND c.recipient = d.recipient AND c.channel = d.channel
                        AND c.state = 'sending' AND c.lease_until > now() AND is_living_instance(c.owner)));
        IF busy IS NOT NULL THEN
            upto := busy - 1;
        END IF;
        RETURN QUERY
        WITH theirs AS (
            SELECT d.occurrence_id, d.recipient, d.channel, d.generation, d.state, e.pseudonym
            FROM deliveries d JOIN erased_names e ON e.name = d.recipient AND e.erasure = which
            WHERE d.occurrence_id > at.position AND d.occurrence_id <= upto
        ), changed AS (
            UPDATE deliveries d
            SET recipient = theirs.pseudonym, reply = NULL, decision = NULL, release_at = NULL, lease_until = NULL,
                state = CASE WHEN d.state IN ('held', 'requested') THEN 'withdrawn' WHEN d.state = 'sending' THEN 'unknown'
                    ELSE d.state END,
                reason = CASE WHEN d.state IN ('held', 'requested', 'sending') THEN 'person_erased'
                    WHEN names_person(convert_to(d.reason, 'UTF8'), at.plain_traces, at.coded_traces, at.key_pattern)
                        THEN gone_reason
                    ELSE d.reason END,
                finished_at = coalesce(d.finished_at, clock_timestamp())
            FROM theirs
            WHERE d.occurrence_id = theirs.occurrence_id AND d.recipient = theirs.recipient
                AND d.channel = theirs.channel AND d.generation = theirs.generation
            RETURNING d.*, theirs.state AS before
        ), counted AS (
            UPDATE erasures e SET counts = e.counts || jsonb_build_object('deliveries',
                coalesce((e.counts ->> 'deliveries')::bigint, 0) + (SELECT count(*) FROM changed))
            WHERE e.id = which
        ), occurrences AS (
            -- Nobody else waits for these, so nobody else will say where they stand. What is seen here is as it was before.
            UPDATE sag_reminder_queue q SET status = CASE WHEN went THEN 'sent' ELSE 'failed' END,
                reason = CASE WHEN NOT went THEN 'person_erased' END, processed_at = coalesce(q.processed_at, now())
            FROM (
                SELECT o.occurrence_id, bool_or(d.state = 'held' AND d.recipient <> ALL (names)) AS waits,
                    bool_or(d.state IN ('requested', 'sending', 'sent', 'dry_run', 'dead', 'unknown')) AS went
                FROM (SELECT DISTINCT changed.occurrence_id FROM changed WHERE before = 'held') o
                JOIN deliveries d ON d.occurrence_id = o.occurrence_id GROUP BY 1) o
            WHERE q.id = o.occurrence_id AND NOT waits AND q.status IN ('processing', 'rate_limited')
                AND q.published_at IS NOT NULL
        )
        SELECT changed.occurrence_id, changed.recipient, changed.channel, changed.generation, changed.id,
            changed.reminder_id, changed.state, changed.attempts, changed.due_at
        FROM changed WHERE before IN ('held', 'requested', 'sending')
        ORDER BY 1, 2, 3, 4;
        -- Counted above.
        IF busy IS NOT NULL AND upto <= at.position THEN
            RETURN;
        END IF;

    WHEN 'log' THEN
        SELECT max(l.id) INTO upto FROM (
            SELECT l.id FROM sag_reminder_logs l WHERE l.id > at.position ORDER BY l.id LIMIT size) l;
        UPDATE sag_reminder_logs l
        SET user_id = e.pseudonym, reply = NULL,
            -- What only counts and points stays; messages, and what was weighed about the person, do not.
            details = (SELECT jsonb_object_agg(key, value) FROM jsonb_each(
                CASE jsonb_typeof(l.details) WHEN 'object' THEN l.details ELSE '{}' END)
                WHERE key IN ('count', 'carrier_occurrence_id', 'scope', 'taken_back', 'fields', 'until', 'by')),
            reason = CASE WHEN names_person(convert_to(l.reason, 'UTF8'), at.plain_traces, at.coded_traces, at.key_pattern)
                THEN gone_reason ELSE l.reason END
        FROM erased_names e
        WHERE l.id > at.position AND l.id <= upto AND l.user_id = e.name AND e.erasure = which;
        GET DIAGNOSTICS found_here = ROW_COUNT;
        UPDATE sag_reminder_logs l SET details = jsonb_set(l.details, '{by}', to_jsonb(e.pseudonym))
        FROM erased_names e
        WHERE l.id > at.position AND l.id <= upto AND l.kind = 'retry' AND l.details ->> 'by' = e.name AND e.erasure = which;
        GET DIAGNOSTICS more = ROW_COUNT;
        found_here := found_here + more;

    WHEN 'popups' THEN
        SELECT max(p.occurrence_id) INTO upto FROM (
            SELECT occurrence_id FROM popups WHERE occurrence_id > at.position ORDER BY occurrence_id LIMIT size) p;
        UPDATE popups p
        SET user_id = e.pseudonym, title = gone_text, message = NULL, case_title = NULL, case_status = NULL, url = NULL,
            settled_at = coalesce(p.settled_at, now()), settled_how = coalesce(p.settled_how, 'withdrawn')
        FROM erased_names e
        WHERE p.occurrence_id > at.position AND p.occurrence_id <= upto AND p.user_id = e.name AND e.erasure = which;
        GET DIAGNOSTICS found_here = ROW_COUNT;

    WHEN 'dead_letters' THEN
        SELECT max(l.id) INTO upto FROM (SELECT l.id FROM dead_letters l WHERE l.id > at.position ORDER BY l.id LIMIT size) l;
        UPDATE dead_letters l
        SET body = '', details = NULL, message_id = NULL, type = NULL, fingerprint = NULL, reason = gone_reason,
            settled_at = coalesce(l.settled_at, now()), settled_how = coalesce(l.settled_how, 'discarded')
        WHERE l.id > at.position AND l.id <= upto AND names_person(
            l.body || convert_to(concat_ws(E'\n', '', l.details::text, l.message_id, l.type, l.reason), 'UTF8'),
            at.plain_traces, at.coded_traces, at.key_pattern);
        GET DIAGNOSTICS found_here = ROW_COUNT;

    WHEN 'answers' THEN
        SELECT ARRAY[k.user_id, k.route, k.key] INTO last_answer FROM (
            SELECT k.user_id, k.route, k.key FROM idempotency_keys k
            WHERE (k.user_id, k.route, k.key) > (at.answers_behind[1], at.answers_behind[2], at.answers_behind[3])
            ORDER BY k.user_id, k.route, k.key LIMIT size) k
        ORDER BY k.user_id DESC, k.route DESC, k.key DESC LIMIT 1;
        IF last_answer IS NOT NULL THEN
            upto := at.position;
            DELETE FROM idempotency_keys k
            WHERE (k.user_id, k.route, k.key) > (at.answers_behind[1], at.answers_behind[2], at.answers_behind[3])
                AND (k.user_id, k.route, k.key) <= (last_answer[1], last_answer[2], last_answer[3])
                AND k.user_id = ANY (names);
            GET DIAGNOSTICS found_here = ROW_COUNT;
            -- Others' requests stay done once: the answer that is given again says no more than what it made.
            UPDATE idempotency_keys k
            SET response = convert_to('{"id":' || coalesce(
                    substring(encode(k.response, 'escape') FROM '"id":\s*("[^"]*"|[0-9]+)'), 'null') || '}', 'UTF8'),
                etag = NULL
            WHERE (k.user_id, k.route, k.key) > (at.answers_behind[1], at.answers_behind[2], at.answers_behind[3])
                AND (k.user_id, k.route, k.key) <= (last_answer[1], last_answer[2], last_answer[3])
                AND names_person(k.response, at.plain_traces, at.coded_traces, at.key_pattern);
            GET DIAGNOSTICS more = ROW_COUNT;
            found_here := found_here + more;
        END IF;

    WHEN 'rest' THEN
        UPDATE permits p SET recipient = e.pseudonym
        FROM erased_names e WHERE p.recipient = e.name AND e.erasure = which;
        GET DIAGNOSTICS found_here = ROW_COUNT;
        DELETE FROM held_again h WHERE h.recipient = ANY (names);
        DELETE FROM creation_quotas q WHERE q.creator = ANY (names);
        UPDATE channel_pauses c SET reason = gone_reason
        WHERE names_person(convert_to(c.reason, 'UTF8'), at.plain_traces, at.coded_traces, at.key_pattern);
        UPDATE sag_reminder_times t SET set_aside_reason = gone_reason
        WHERE t.set_aside_at IS NOT NULL
            AND names_person(convert_to(t.set_aside_reason, 'UTF8'), at.plain_traces, at.coded_traces, at.key_pattern);
        UPDATE erasures e SET requested_by = n.pseudonym
        FROM erased_names n WHERE e.requested_by = n.name AND n.erasure = which;
    END CASE;

    UPDATE erasures e SET
        counts = CASE WHEN found_here = 0 THEN e.counts ELSE e.counts || jsonb_build_object(table_name,
            coalesce((e.counts ->> table_name)::bigint, 0) + found_here) END,
        step = CASE WHEN upto IS NULL THEN next_step ELSE e.step END,
        position = CASE WHEN upto IS NULL THEN -9223372036854775808
            WHEN at.step IN ('screens', 'reminders', 'answers') THEN e.position ELSE upto END,
        answers_behind = coalesce(last_answer, '{"","",""}'),
        slices = e.slices + 1,
        plain_traces = CASE WHEN upto IS NOT NULL OR next_step <> 'done' THEN e.plain_traces END,
        coded_traces = CASE WHEN upto IS NOT NULL OR next_step <> 'done' THEN e.coded_traces END,
        key_pattern = CASE WHEN upto IS NOT NULL OR next_step <> 'done' THEN e.key_pattern END,
        finished_at = CASE WHEN upto IS NULL AND next_step = 'done' THEN clock_timestamp() END
    FROM (VALUES
        ('screens', 'reminders', 'popups'), ('reminders', 'responses', 'sag_reminders'),
        ('responses', 'queue', 'sag_reminder_responses'), ('queue', 'deliveries', 'sag_reminder_queue'),
        ('deliveries', 'log', 'deliveries'), ('log', 'popups', 'sag_reminder_logs'), ('popups', 'dead_letters', 'popups'),
        ('dead_letters', 'answers', 'dead_letters'), ('answers', 'rest', 'idempotency_keys'), ('rest', 'done', 'permits')
    ) steps (this_step, next_step, table_name)
    WHERE e.id = which AND this_step = at.step;
    IF at.step = 'rest' THEN
        DELETE FROM erased_names e WHERE e.erasure = which;
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION erase_slice(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_slice(uuid) TO reminders_scheduler, reminders_api;
