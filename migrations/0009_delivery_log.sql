-- What the log, the explanation and the dead letters are read by. Each index is paid for by every delivery, so there are
-- as few as answer every filter; docs/performance.md has what they cost.

-- The log is read newest first, by (created_at, id). A person's records, and everybody's, lie sorted within each outcome
-- and channel: there are few of both, so a reader merges as many short runs as it wants and no filter reads in vain.
CREATE INDEX sag_reminder_logs_of_recipient
    ON sag_reminder_logs (user_id, outcome, channel, created_at, id) WHERE kind = 'delivery';
CREATE INDEX sag_reminder_logs_of_outcome
    ON sag_reminder_logs (outcome, channel, created_at, id) INCLUDE (due_at) WHERE kind = 'delivery';

-- Final records of a reminder, and what happened on the way there, are two questions: two indexes where one was, each
-- row in one of them. What can be filtered by goes with the first, so that rare ones are looked for in the index alone.
CREATE INDEX sag_reminder_logs_final_of_reminder
    ON sag_reminder_logs (reminder_id, created_at, id) INCLUDE (outcome, channel, user_id) WHERE kind = 'delivery';
CREATE INDEX sag_reminder_logs_on_the_way
    ON sag_reminder_logs (reminder_id, created_at, id) WHERE kind <> 'delivery';
DROP INDEX sag_reminder_logs_of_reminder;

-- Ids of deliveries begin with the time they were made, so this finds one, and what was begun lately.
CREATE INDEX deliveries_id ON deliveries (id);

GRANT UPDATE (settled_at, settled_how) ON dead_letters TO reminders_api;
