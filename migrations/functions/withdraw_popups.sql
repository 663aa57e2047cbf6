-- Takes from the screens what nobody wants any more of these reminders, whoever changed them, their cases or what people
-- said about them: by the same rule as everything that waits or is about to be sent.
CREATE OR REPLACE FUNCTION withdraw_popups(about bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    occurrences bigint[];
    whose text[];
BEGIN
    SELECT array_agg(occurrence_id), array_agg(user_id) INTO occurrences, whose
    FROM popups WHERE reminder_id = ANY (about) AND settled_at IS NULL;
    IF occurrences IS NULL THEN
        RETURN;
    END IF;
    UPDATE popups p SET settled_at = now(), settled_how = 'withdrawn'
    FROM withdrawals(occurrences, whose) unwanted
    WHERE p.occurrence_id = unwanted.occurrence_id AND p.user_id = unwanted.recipient AND p.settled_at IS NULL;
END $$;

REVOKE EXECUTE ON FUNCTION withdraw_popups(bigint[]) FROM PUBLIC;
