CREATE OR REPLACE VIEW partitions AS
    SELECT parent.relname::text AS parent, part.relname::text AS partition, key.attname::text AS key,
        CASE key.atttypid WHEN 'integer'::regtype THEN begin_of_week(nullif(bound[1], 'MINVALUE')::integer)
            ELSE begin_of_week(week_of_id(nullif(bound[1], 'MINVALUE')::bigint)) END AS begins_at,
        CASE key.atttypid WHEN 'integer'::regtype THEN begin_of_week(bound[2]::integer)
            ELSE begin_of_week(week_of_id(bound[2]::bigint)) END AS ends_at,
        greatest(part.reltuples, 0)::bigint AS rows, pg_total_relation_size(part.oid) AS bytes
    FROM pg_partitioned_table partitioned
    JOIN pg_class parent ON parent.oid = partitioned.partrelid
    JOIN pg_attribute key ON key.attrelid = partitioned.partrelid AND key.attnum = partitioned.partattrs[0]
    JOIN pg_inherits ON inhparent = partitioned.partrelid
    JOIN pg_class part ON part.oid = inhrelid
    CROSS JOIN regexp_match(pg_get_expr(part.relpartbound, part.oid),
        '^FOR VALUES FROM \(''?(MINVALUE|\d+)''?\) TO \(''?(\d+)''?\)$') AS bound
    WHERE parent.oid IN ('sag_reminder_queue'::regclass, 'deliveries'::regclass, 'sag_reminder_logs'::regclass,
                         'popups'::regclass);
COMMENT ON VIEW partitions IS
    'The tables that are partitioned by week, each with its parts: what belongs to occurrences made from begins_at to '
    'before ends_at. begins_at is NULL for the first; both are NULL for what is kept of dropped weeks. rows is the '
    'estimate of the last ANALYZE or VACUUM, bytes include indexes.';

GRANT SELECT ON partitions TO reminders_scheduler, reminders_api;
