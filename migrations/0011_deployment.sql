-- Whose database this is. A copy of it is somebody else's, and has to say so before anything is sent from it:
-- docs/decisions/0042-a-copy-holds-everything.md.

CREATE TABLE deployment (
    only_one   boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    name       text CONSTRAINT deployment_name_is_one CHECK (name ~ '^[a-z0-9][a-z0-9._-]{0,62}$'),
    epoch      uuid NOT NULL DEFAULT gen_random_uuid(),
    place      text NOT NULL,
    claimed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE deployment IS 'Whose database this is: one row.';
COMMENT ON COLUMN deployment.name IS 'REMINDERS_DEPLOYMENT of those who work on it. NULL: of whoever has no name either.';
COMMENT ON COLUMN deployment.epoch IS 'Another one each time that it is claimed.';
COMMENT ON COLUMN deployment.place IS
    'Where it was when it was claimed: database_place(). Another one says that it was copied or moved by a dump.';

INSERT INTO deployment (place) VALUES (database_place());

GRANT SELECT ON deployment
    TO reminders_scheduler, reminders_rate_limiter, reminders_sender, reminders_frontend_push, reminders_api;
-- It names what has no name yet.
GRANT UPDATE (name, claimed_at) ON deployment TO reminders_scheduler;
