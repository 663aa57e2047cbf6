-- What tells a dead letter from every other one: the body alone does not, where it is empty or was too large to be kept.
ALTER TABLE dead_letters ADD COLUMN fingerprint bytea CHECK (octet_length(fingerprint) = 32);
COMMENT ON COLUMN dead_letters.fingerprint IS
    'SHA-256 over the message as it came: where it was published, all properties and headers, size and bytes of its body. NULL: '
    'laid down before there were any.';

DROP INDEX dead_letters_once;
-- A redelivery after a crash between row and acknowledgement writes no second row.
CREATE UNIQUE INDEX dead_letters_once ON dead_letters (queue, fingerprint) WHERE settled_at IS NULL;
