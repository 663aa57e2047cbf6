-- The partitions of the last :weeks weeks, as they would be there if the database had been in use then.
--   psql -v weeks=14 -f scripts/benchmark/past_weeks.sql

SELECT format('CREATE TABLE %1$I (LIKE %2$I INCLUDING ALL)%3$s; '
    'ALTER TABLE %2$I ATTACH PARTITION %1$I FOR VALUES FROM (%4$s) TO (%5$s)',
    parent || to_char(begin_of_week(week) AT TIME ZONE 'UTC', '"_"IYYY"w"IW'), parent,
    (SELECT ' WITH (' || array_to_string(reloptions, ', ') || ')' FROM pg_class WHERE oid = (parent || '_kept')::regclass),
    first_key_of_week(parent, week), first_key_of_week(parent, week + 1))
FROM (SELECT DISTINCT parent FROM partitions) tables,
    generate_series(week_of_id(first_id_of_day(now())) - :weeks, week_of_id(first_id_of_day(now())) - 1) week \gexec
