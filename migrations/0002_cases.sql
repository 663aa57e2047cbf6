-- What reminders are about, as far as reminding needs to know it.

CREATE TABLE cases (
    entity_type text NOT NULL CHECK (entity_type IN ('case', 'task', 'bug', 'project')),
    id          text NOT NULL CHECK (id <> '' AND octet_length(id) <= 200),
    title       text CHECK (char_length(title) <= 500),
    status      text CHECK (char_length(status) <= 100),
    deadline    timestamptz,
    closed_at   timestamptz,
    url         text CHECK (url ~ '^https?://' AND char_length(url) <= 2000),
    changed_at  timestamptz NOT NULL DEFAULT '-infinity',
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    deleted_at  timestamptz,
    PRIMARY KEY (entity_type, id)
);
COMMENT ON COLUMN cases.changed_at IS
    'The time of the newest event taken in: an older one that arrives late changes nothing.';

-- Every event taken in, once: CloudEvents names an event by its source and id.
CREATE TABLE case_events (
    source      text NOT NULL,
    event_id    text NOT NULL,
    type        text NOT NULL,
    entity_type text NOT NULL,
    case_id     text NOT NULL,
    outcome     text NOT NULL CHECK (outcome IN ('applied', 'stale')),
    event_time  timestamptz,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source, event_id)
);
CREATE INDEX case_events_received_at ON case_events USING brin (received_at);
COMMENT ON COLUMN case_events.outcome IS 'stale: a newer event of the same case had been taken in before.';
