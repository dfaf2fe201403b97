-- How many jobs there are. Jobs that are over and were folded are sums; the rest is counted here:
-- those that are open, those that ended after the mark, and those that are deleted, taken away.
-- A kind may come in several rows: whoever asks adds them up.
--
-- STABLE: all statements of a function see the caller's snapshot, so a fold in between changes
-- nothing. Each is planned once; only what comes after the mark is planned each time, since only
-- the mark itself tells the planner how little that is.

CREATE OR REPLACE FUNCTION ai_core_tally(the_brand bigint) RETURNS TABLE (
  brand_id bigint, job_type_id bigint, status varchar, priority smallint, jobs bigint
) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
  mark bigint := coalesce((SELECT m.until FROM ai_core_tallymark m WHERE m.id = 1), 0);
BEGIN
  IF the_brand IS NULL THEN
    RETURN QUERY SELECT brand_id, job_type_id, status, priority, jobs FROM ai_core_jobpile;
    RETURN QUERY SELECT brand_id, job_type_id, status, priority, count(*) FROM ai_core_aijob
      WHERE status IN ('draft', 'pending', 'running', 'paused') AND deleted_at IS NULL
      GROUP BY brand_id, job_type_id, status, priority;
  ELSE
    RETURN QUERY SELECT brand_id, job_type_id, status, priority, jobs FROM ai_core_jobpile
      WHERE brand_id = the_brand;
    RETURN QUERY SELECT brand_id, job_type_id, status, priority, count(*) FROM ai_core_aijob
      WHERE status IN ('draft', 'pending', 'running', 'paused') AND deleted_at IS NULL
        AND brand_id = the_brand
      GROUP BY brand_id, job_type_id, status, priority;
  END IF;
  RETURN QUERY SELECT brand_id, job_type_id, status, priority, -count(*) FROM ai_core_aijob
    WHERE deleted_at IS NOT NULL
      AND status IN ('cancelled', 'completed', 'failed', 'timeout')
      AND (the_brand IS NULL OR brand_id = the_brand)
    GROUP BY brand_id, job_type_id, status, priority;
  IF mark < (SELECT max(e.id) FROM ai_core_jobevent e WHERE e.type = 'status'
             AND e.new_status IN ('cancelled', 'completed', 'failed', 'timeout')) THEN
    RETURN QUERY EXECUTE format($tail$
      SELECT j.brand_id, j.job_type_id, j.status, j.priority, count(*)
      FROM ai_core_jobevent e JOIN ai_core_aijob j ON j.id = e.job_id
      WHERE e.id > %s AND e.type = 'status'
        AND e.new_status IN ('cancelled', 'completed', 'failed', 'timeout')
        AND ($1 IS NULL OR j.brand_id = $1)
      GROUP BY 1, 2, 3, 4 $tail$, mark) USING the_brand;
  END IF;
END $$;

CREATE OR REPLACE FUNCTION ai_core_slot(at timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT date_bin('15 minutes', at, TIMESTAMPTZ '2000-01-01 00:00:00+00')
$$;

-- What one job that is over adds to its days.
CREATE OR REPLACE FUNCTION ai_core_job_days(
  j ai_core_aijob, since timestamptz, zone text
) RETURNS TABLE (day date, made int, completed int, failed int, timeout int, cancelled int)
LANGUAGE sql STABLE AS $$
  SELECT (j.created_at AT TIME ZONE zone)::date, 1, 0, 0, 0, 0 WHERE j.created_at >= since
  UNION ALL
  SELECT (j.completed_at AT TIME ZONE zone)::date, 0, (j.status = 'completed')::int,
    (j.status = 'failed')::int, (j.status = 'timeout')::int, (j.status = 'cancelled')::int
  WHERE j.completed_at >= since
$$;

-- The same by day, as a time zone cuts days: how many were made, and how many ended how.
CREATE OR REPLACE FUNCTION ai_core_days(
  the_brand bigint, since timestamptz, zone text
) RETURNS TABLE (
  day date, made bigint, completed bigint, failed bigint, timeout bigint, cancelled bigint
) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
  mark bigint := coalesce((SELECT m.until FROM ai_core_tallymark m WHERE m.id = 1), 0);
BEGIN
  IF the_brand IS NULL THEN
    RETURN QUERY SELECT (slot AT TIME ZONE zone)::date, sum(made)::bigint, sum(completed)::bigint,
        sum(failed)::bigint, sum(timeout)::bigint, sum(cancelled)::bigint
      FROM brands_brand b CROSS JOIN LATERAL (  -- one probe of the index for each brand
        SELECT * FROM ai_core_jobslot s WHERE s.brand_id = b.id AND s.slot >= since) s
      GROUP BY 1;
    RETURN QUERY SELECT (created_at AT TIME ZONE zone)::date, count(*), 0::bigint, 0::bigint,
        0::bigint, 0::bigint
      FROM ai_core_aijob
      WHERE status IN ('draft', 'pending', 'running', 'paused') AND deleted_at IS NULL
        AND created_at >= since GROUP BY 1;
  ELSE
    RETURN QUERY SELECT (slot AT TIME ZONE zone)::date, sum(made)::bigint, sum(completed)::bigint,
        sum(failed)::bigint, sum(timeout)::bigint, sum(cancelled)::bigint
      FROM ai_core_jobslot WHERE slot >= since AND brand_id = the_brand GROUP BY 1;
    RETURN QUERY SELECT (created_at AT TIME ZONE zone)::date, count(*), 0::bigint, 0::bigint,
        0::bigint, 0::bigint
      FROM ai_core_aijob
      WHERE status IN ('draft', 'pending', 'running', 'paused') AND deleted_at IS NULL
        AND created_at >= since AND brand_id = the_brand GROUP BY 1;
  END IF;
  RETURN QUERY SELECT x.day, -sum(x.made)::bigint, -sum(x.completed)::bigint,
      -sum(x.failed)::bigint, -sum(x.timeout)::bigint, -sum(x.cancelled)::bigint
    FROM ai_core_aijob j CROSS JOIN LATERAL ai_core_job_days(j, since, zone) x
    WHERE deleted_at IS NOT NULL
      AND status IN ('cancelled', 'completed', 'failed', 'timeout')
      AND (the_brand IS NULL OR brand_id = the_brand)
    GROUP BY 1;
  IF mark < (SELECT max(e.id) FROM ai_core_jobevent e WHERE e.type = 'status'
             AND e.new_status IN ('cancelled', 'completed', 'failed', 'timeout')) THEN
    RETURN QUERY EXECUTE format($tail$
      SELECT x.day, sum(x.made)::bigint, sum(x.completed)::bigint, sum(x.failed)::bigint,
        sum(x.timeout)::bigint, sum(x.cancelled)::bigint
      FROM ai_core_jobevent e JOIN ai_core_aijob j ON j.id = e.job_id
      CROSS JOIN LATERAL ai_core_job_days(j, $2, $3) x
      WHERE e.id > %s AND e.type = 'status'
        AND e.new_status IN ('cancelled', 'completed', 'failed', 'timeout')
        AND ($1 IS NULL OR j.brand_id = $1)
      GROUP BY 1 $tail$, mark) USING the_brand, since, zone;
  END IF;
END $$;
