-- What is left to do about a case with very many reminders. Whoever changes a case does a slice of it, and schedulers go on.
CREATE TABLE case_work (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entity_type   text NOT NULL,
    case_id       text NOT NULL,
    work          text NOT NULL CHECK (work IN ('plan', 'queue', 'decide')),
    triggers      text[] NOT NULL,
    after_trigger text NOT NULL,
    after_id      bigint NOT NULL,
    until_id      bigint NOT NULL,
    old_deadline  timestamptz,
    old_status    text,
    new_status    text,
    traceparent   text,
    turn          timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE case_work IS
    'Cases of which not all reminders have been gone through since they changed: planned by the new deadline, queued for the '
    'new status, or decided about again. Normally none.';
COMMENT ON COLUMN case_work.triggers IS 'Which kinds of reminders it is about, in the order of their names.';
COMMENT ON COLUMN case_work.after_trigger IS 'With after_id: all reminders up to this one are done.';
COMMENT ON COLUMN case_work.until_id IS 'Reminders with higher ids were made after the change, and know of it.';
COMMENT ON COLUMN case_work.turn IS 'The one with the earliest is gone on with next.';
CREATE INDEX case_work_of_case ON case_work (entity_type, case_id, id);
CREATE INDEX case_work_by_turn ON case_work (turn);

-- A slice is found where the last one ended.
CREATE INDEX sag_reminders_of_case_in_order ON sag_reminders (sag_id, entity_type, trigger_type, id);
DROP INDEX sag_reminders_of_case;

-- What is fired meanwhile by a plan of before is told from what is not.
GRANT SELECT ON case_work TO reminders_scheduler, reminders_api;
