-- Plans the deadline reminders of one case by what the case says now.
CREATE OR REPLACE FUNCTION plan_deadline_reminders(about_type text, about_id text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT begin_work_on_case(about_type, about_id, 'plan', '{deadline_approaching}')
$$;

-- For whoever writes through it with its owner's rights.
REVOKE EXECUTE ON FUNCTION plan_deadline_reminders(text, text) FROM PUBLIC;
