-- Applied before the migrations: they call it.
--
-- How long after due something was recorded, as a step of an exponential histogram (OpenTelemetry's scale 3, of
-- milliseconds): 0 is not after due, 1 up to a millisecond, and each further step 2^(1/8) = 1.09 times the one before.
-- 11.541560327111707 is 8 / ln 2. Written so that it becomes part of the statement that calls it.
CREATE OR REPLACE FUNCTION lateness_step(lateness interval) RETURNS smallint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN lateness > interval '0'
        THEN greatest(1, 1 + ceil(11.541560327111707 * ln(extract(epoch FROM lateness)::double precision * 1000)))::smallint
        ELSE 0::smallint END
$$;

-- How many there are of each step: the first of step 0, the second of step 1, and so on; NULL for none. It begins with a place
-- for step 0: an empty array would begin where it is first written to.
CREATE OR REPLACE FUNCTION add_to_histogram(counts bigint[], step smallint, number bigint) RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    counts[step + 1] := coalesce(counts[step + 1], 0) + number;
    RETURN counts;
END $$;

CREATE OR REPLACE AGGREGATE histogram(step smallint, number bigint) (
    SFUNC = add_to_histogram, STYPE = bigint[], INITCOND = '{NULL}', PARALLEL = SAFE
);

-- Two histograms in one.
CREATE OR REPLACE FUNCTION add_histograms(one bigint[], other bigint[]) RETURNS bigint[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT array_agg(CASE WHEN a IS NULL THEN b WHEN b IS NULL THEN a ELSE a + b END ORDER BY place)
    FROM unnest(
        one[1:greatest(array_upper(one, 1), array_upper(other, 1))],
        other[1:greatest(array_upper(one, 1), array_upper(other, 1))]) WITH ORDINALITY AS step (a, b, place)
$$;

CREATE OR REPLACE AGGREGATE sum_histograms(bigint[]) (SFUNC = add_histograms, STYPE = bigint[], PARALLEL = SAFE);

-- Within how many seconds of being due a share of what a histogram counts was recorded, 0.5 for the median: what the step
-- reaches to, at most 9.1 % more than the exact value.
CREATE OR REPLACE FUNCTION lateness_within(share double precision, counts bigint[]) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    wanted double precision := 0;
    step integer := -1;
    number bigint;
BEGIN
    FOREACH number IN ARRAY counts LOOP
        IF number > 0 THEN wanted := wanted + number; END IF;
    END LOOP;
    wanted := ceil(wanted * share);
    FOREACH number IN ARRAY counts LOOP
        step := step + 1;
        IF number > 0 THEN
            wanted := wanted - number;
            IF wanted <= 0 THEN
                RETURN CASE WHEN step > 0 THEN 0.001 * 2::double precision ^ ((step - 1) / 8.0::double precision) ELSE 0 END;
            END IF;
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
