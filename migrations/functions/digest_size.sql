-- How many deliveries the digest with this one carries, its own included. A function of its own, so that a statement which asks
-- only of digests opens the partitions for it only then; plpgsql, which the planner leaves as it is.
CREATE OR REPLACE FUNCTION digest_size(carrier bigint, recipient text, channel text) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT count(*) FROM deliveries part
        WHERE part.carrier_occurrence_id = digest_size.carrier AND part.recipient = digest_size.recipient
            AND part.channel = digest_size.channel AND num_nulls(part.release_at) = 0);
END $$;
