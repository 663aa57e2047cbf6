-- What leaves together (digests), and what senders look at once more before they send.

ALTER TABLE deliveries ADD COLUMN carrier_occurrence_id bigint;
COMMENT ON COLUMN deliveries.carrier_occurrence_id IS
    'It leaves in a message with others: those of the same recipient and channel with the same number. The message is '
    'that of the one whose own occurrence it is; that one is claimed and attempted, and all end together with it.';
-- Only what is in a digest is in it, so that all other rows cost nothing.
CREATE INDEX deliveries_of_digest ON deliveries (carrier_occurrence_id, recipient, channel)
    WHERE carrier_occurrence_id IS NOT NULL;
COMMENT ON COLUMN deliveries.decision IS
    'Why it was held, withdrawn, rejected or dropped, what exception let it pass, or that it left with others; NULL when '
    'it was simply sent.';

-- Whether a delivery is still wanted when it is sent, and nothing of what the reminder or the case says.
GRANT SELECT (id, reminder_id, trigger_type, due_at, old_status, new_status, deadline, only_recipient)
    ON sag_reminder_queue
    TO reminders_sender, reminders_frontend_push;
GRANT SELECT (id, entity_type, sag_id, recipients, is_active, deleted_at) ON sag_reminders
    TO reminders_sender, reminders_frontend_push;
GRANT SELECT (entity_type, id, status, deadline, closed_at, deleted_at) ON cases
    TO reminders_sender, reminders_frontend_push;
GRANT SELECT (reminder_id, user_id, snoozed_until, dismissed_at) ON sag_reminder_responses
    TO reminders_sender, reminders_frontend_push;
