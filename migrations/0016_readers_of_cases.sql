-- Who may know what a case says, as the service that owns it names them.
ALTER TABLE cases ADD COLUMN readers text[] CONSTRAINT cases_readers_are_few CHECK (cardinality(readers) <= 1000);
COMMENT ON COLUMN cases.readers IS
    'Who may know its title, status, link and deadline: users'' ids, and mailto: with addresses in lower case. NULL: nobody was '
    'named, and REMINDERS_CASES_READ_BY says what follows.';

-- A person who is erased is found by it.
CREATE INDEX cases_readers ON cases USING gin (readers) WHERE readers IS NOT NULL;
