-- Which partitions were written to files before they go: `reminders archive` says so here, whoever lets go of them asks.

CREATE TABLE archives (
    partition   text PRIMARY KEY,
    file        text NOT NULL,
    rows        bigint NOT NULL,
    archived_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE archives IS
    'Partitions that reminders archive has written, also when they have gone since. Whoever was erased later may be in the file.';

GRANT SELECT ON archives TO reminders_scheduler;
