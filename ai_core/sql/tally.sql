-- How many jobs there are. Jobs that are over and were folded are sums; the rest is counted here:
-- those that ended after the mark, those that are open, and those that are deleted, taken away.
--
-- STABLE: all statements of a function see the caller's snapshot, so a fold in between changes
-- nothing. Custom plans: the mark is read first, and the planner then knows how few come after it.

CREATE OR REPLACE FUNCTION ai_core_tally(the_brand bigint) RETURNS TABLE (
  brand_id bigint, job_type_id bigint, status varchar, priority smallint, jobs bigint
) LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
DECLARE
  mark bigint := coalesce((SELECT m.until FROM ai_core_tallymark m WHERE m.id = 1), 0);
BEGIN
  RETURN QUERY
  SELECT p.brand_id, p.job_type_id, p.status, p.priority, sum(p.jobs)::bigint FROM (
    SELECT brand_id, job_type_id, status, priority, jobs FROM ai_core_jobpile
    WHERE the_brand IS NULL OR brand_id = the_brand
    UNION ALL
    SELECT j.brand_id, j.job_type_id, j.status, j.priority, 1
    FROM ai_core_jobevent e JOIN ai_core_aijob j ON j.id = e.job_id
    WHERE e.id > mark AND e.type = 'status'
      AND e.new_status IN ('cancelled', 'completed', 'failed', 'timeout')
      AND (the_brand IS NULL OR j.brand_id = the_brand)
    UNION ALL
    SELECT brand_id, job_type_id, status, priority, count(*) FROM ai_core_aijob
    WHERE status IN ('draft', 'pending', 'running', 'paused') AND deleted_at IS NULL
      AND (the_brand IS NULL OR brand_id = the_brand)
    GROUP BY brand_id, job_type_id, status, priority
    UNION ALL
    SELECT brand_id, job_type_id, status, priority, -1 FROM ai_core_aijob
    WHERE deleted_at IS NOT NULL
      AND status IN ('cancelled', 'completed', 'failed', 'timeout')
      AND (the_brand IS NULL OR brand_id = the_brand)
  ) p
  GROUP BY p.brand_id, p.job_type_id, p.status, p.priority HAVING sum(p.jobs) <> 0;
END $$;

CREATE OR REPLACE FUNCTION ai_core_slot(at timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT date_bin('15 minutes', at, TIMESTAMPTZ '2000-01-01 00:00:00+00')
$$;

-- The same by day, as a time zone cuts days: how many were made, and how many ended how.
CREATE OR REPLACE FUNCTION ai_core_days(
  the_brand bigint, since timestamptz, zone text
) RETURNS TABLE (
  day date, made bigint, completed bigint, failed bigint, timeout bigint, cancelled bigint
) LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
DECLARE
  mark bigint := coalesce((SELECT m.until FROM ai_core_tallymark m WHERE m.id = 1), 0);
BEGIN
  RETURN QUERY
  WITH live AS (
    SELECT 1 AS sign, j.status, j.created_at, j.completed_at
    FROM ai_core_jobevent e JOIN ai_core_aijob j ON j.id = e.job_id
    WHERE e.id > mark AND e.type = 'status'
      AND e.new_status IN ('cancelled', 'completed', 'failed', 'timeout')
      AND (the_brand IS NULL OR j.brand_id = the_brand)
    UNION ALL
    SELECT -1, status, created_at, completed_at FROM ai_core_aijob
    WHERE deleted_at IS NOT NULL
      AND status IN ('cancelled', 'completed', 'failed', 'timeout')
      AND (the_brand IS NULL OR brand_id = the_brand)
  ), parts AS (
    SELECT (s.slot AT TIME ZONE zone)::date AS day, s.made, s.completed, s.failed, s.timeout,
      s.cancelled
    FROM ai_core_jobslot s
    WHERE s.slot >= since AND (the_brand IS NULL OR s.brand_id = the_brand)
    UNION ALL
    SELECT (created_at AT TIME ZONE zone)::date, count(*), 0, 0, 0, 0 FROM ai_core_aijob
    WHERE status IN ('draft', 'pending', 'running', 'paused') AND deleted_at IS NULL
      AND created_at >= since AND (the_brand IS NULL OR brand_id = the_brand)
    GROUP BY 1
    UNION ALL
    SELECT (created_at AT TIME ZONE zone)::date, sign, 0, 0, 0, 0 FROM live
    WHERE created_at >= since
    UNION ALL
    SELECT (completed_at AT TIME ZONE zone)::date, 0,
      CASE WHEN status = 'completed' THEN sign ELSE 0 END,
      CASE WHEN status = 'failed' THEN sign ELSE 0 END,
      CASE WHEN status = 'timeout' THEN sign ELSE 0 END,
      CASE WHEN status = 'cancelled' THEN sign ELSE 0 END
    FROM live WHERE completed_at >= since
  )
  SELECT p.day, sum(p.made)::bigint, sum(p.completed)::bigint, sum(p.failed)::bigint,
    sum(p.timeout)::bigint, sum(p.cancelled)::bigint
  FROM parts p GROUP BY p.day;
END $$;
