-- What others cause takes permits of its own, so that it uses up nobody's own.
ALTER TABLE permits ADD COLUMN of_others boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN permits.of_others IS 'It was granted for what somebody else than the recipient caused.';
