-- What the API needs beside the tables of the others: answers it may have to give a second time, and a list by case.

CREATE TABLE idempotency_keys (
    user_id    text NOT NULL,
    route      text NOT NULL,
    key        text NOT NULL CHECK (key <> '' AND octet_length(key) <= 255),
    body_hash  bytea NOT NULL CHECK (octet_length(body_hash) = 32),
    status     smallint CHECK (status BETWEEN 200 AND 299),
    location   text,
    etag       text,
    response   bytea,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, route, key)
) WITH (autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX idempotency_keys_created_at ON idempotency_keys USING brin (created_at);
COMMENT ON TABLE idempotency_keys IS
    'The answer to every POST that came with an Idempotency-Key: it is given again for 24 hours instead of doing the '
    'same twice.';
COMMENT ON COLUMN idempotency_keys.route IS 'The path of the request, as in /api/v1/sag/123/reminders.';
COMMENT ON COLUMN idempotency_keys.body_hash IS 'SHA-256 of the body: the same key with another body is a mistake.';
COMMENT ON COLUMN idempotency_keys.status IS
    'NULL while the request is worked on; after a minute it counts as given up, and the next one takes it over.';

-- The list of a case, page by page in the order of ids.
CREATE INDEX sag_reminders_listed ON sag_reminders (sag_id, entity_type, id) WHERE deleted_at IS NULL;

GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys TO reminders_api;
