-- People who are erased: what is to be looked for, while it is being looked for, and how much was found where.

CREATE TABLE erasures (
    id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    requested_by   text NOT NULL,
    step           text NOT NULL DEFAULT 'screens'
        CHECK (step IN ('screens', 'reminders', 'responses', 'queue', 'deliveries', 'log', 'popups', 'dead_letters',
                        'answers', 'rest', 'done')),
    position       bigint NOT NULL DEFAULT -9223372036854775808,
    answers_behind text[] NOT NULL DEFAULT '{"","",""}',
    plain_traces   text[],
    coded_traces   text[],
    key_pattern    text,
    slices         bigint NOT NULL DEFAULT 0,
    counts         jsonb NOT NULL DEFAULT '{}',
    started_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at    timestamptz,
    CONSTRAINT erasures_forget_what_they_looked_for
        CHECK ((finished_at IS NULL) = (step <> 'done')
               AND (step <> 'done' OR num_nonnulls(plain_traces, coded_traces, key_pattern) = 0))
);
COMMENT ON TABLE erasures IS 'Every erasure of a person, without the person: begin_erasure() and erase_slice() write it.';
COMMENT ON COLUMN erasures.position IS 'All rows of the step up to this number are done.';
COMMENT ON COLUMN erasures.plain_traces IS
    'What would give the person away in a text, as names_person() looks for it; NULL once it is done, like the next two.';
COMMENT ON COLUMN erasures.answers_behind IS 'Likewise, of the step that goes through idempotency_keys; empty once it is done.';
COMMENT ON COLUMN erasures.slices IS 'How many slices have done something.';
COMMENT ON COLUMN erasures.counts IS 'How many rows were changed, by table.';
CREATE INDEX erasures_unfinished ON erasures (started_at) WHERE finished_at IS NULL;

CREATE TABLE erased_names (
    name      text PRIMARY KEY,
    pseudonym text NOT NULL UNIQUE,
    erasure   uuid NOT NULL REFERENCES erasures
);
CREATE INDEX erased_names_of_erasure ON erased_names (erasure);
COMMENT ON TABLE erased_names IS
    'Who is being erased, as the ledger names them, and what they are called from then on. Empty once that is done: '
    'nothing leads from a pseudonym back to a person.';

-- Deciding, and the senders' last look, ask whether somebody is in it; whoever carries an erasure out asks what is left.
GRANT SELECT ON erased_names TO reminders_rate_limiter, reminders_api;
GRANT SELECT (id, requested_by, step, slices, counts, started_at, finished_at) ON erasures TO reminders_scheduler, reminders_api;

-- Nobody's id is a pseudonym. Not looked at in rows that are there: a migration must not fail over one.
ALTER TABLE users ADD CONSTRAINT users_id_is_no_pseudonym CHECK (NOT starts_with(id, 'erased:')) NOT VALID;

-- Reminders that name mail addresses can be found by them. Only those cost something.
CREATE INDEX sag_reminders_of_address ON sag_reminders USING gin (recipients) WHERE recipient_emails <> '{}';
