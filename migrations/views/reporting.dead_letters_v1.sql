CREATE OR REPLACE VIEW reporting.dead_letters_v1 AS
    SELECT id, created_at, queue, type, reporting.mask_words(reason) AS reason, octet_length(body) AS bytes FROM dead_letters WHERE settled_at IS NULL;
COMMENT ON VIEW reporting.dead_letters_v1 IS 'Messages that could not be read or delivered and that nobody has settled.';

GRANT SELECT ON reporting.dead_letters_v1 TO reminders_reporting;
