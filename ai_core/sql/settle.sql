-- SETTLE: writes down how attempts ended, and returns the jobs as they are then. An attempt whose
-- token is no longer its job's matches no row: it was fenced off, and all that it brings is dropped.
-- A job that has a token is running, by a constraint.
--
-- A function for the same reasons as the claim: planned once a session, with plans that hold for a
-- table of any size, and its second statement sees what was committed while the first one waited.

CREATE OR REPLACE FUNCTION ai_core_settle(
  ids bigint[], tokens uuid[], statuses text[], messages text[], codes text[],
  failure_classes text[], waits text[], substatuses text[], failed int[], lost int[],
  again_after float8[], results text[], attempts int[]
) RETURNS TABLE (token uuid, job ai_core_aijob, usage jsonb) LANGUAGE plpgsql
  SET plan_cache_mode = force_generic_plan
  SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
  ours bigint[];
  theirs uuid[];
BEGIN
  WITH x AS (
    SELECT * FROM unnest(ids, tokens, statuses, messages, codes, failure_classes, waits,
      substatuses, failed, lost, again_after, results, attempts)
    AS x(id, token, status, message, code, failure_class, waits_for, substatus, failed, lost,
         again_after, result, attempt)
  ), settled AS (
    UPDATE ai_core_aijob j SET
      status = CASE WHEN x.status = 'running' AND j.stop_requested = 'pause' THEN 'paused'
                    ELSE x.status END,
      error_message = x.message, error_code = x.code, failure_class = x.failure_class,
      waits_for = x.waits_for,
      substatus = CASE WHEN x.status = 'running' AND j.stop_requested = 'pause' THEN 'paused'
                       ELSE x.substatus END,
      failures = j.failures + x.failed, losses = j.losses + x.lost,
      active_seconds = j.active_seconds
        + extract(epoch FROM clock_timestamp() - coalesce(j.active_since, clock_timestamp())),
      active_since = NULL,
      stopping_until = CASE WHEN x.status = 'timeout' THEN j.lease_expires_at END,
      last_token = j.lease_token,  -- what it said and could not be written yet is still welcome
      lease_token = NULL, lease_expires_at = NULL, leased_by = '', deadline_at = NULL,
      due = coalesce(x.again_after, 0) = 0,
      run_after = CASE WHEN x.again_after > 0
        THEN clock_timestamp() + make_interval(secs => x.again_after) ELSE j.run_after END
    FROM x  -- the guard is worded so that no partial index looks quicker than the primary key
    WHERE j.id = x.id AND j.lease_token IS NOT DISTINCT FROM x.token AND x.token IS NOT NULL
    RETURNING j.id, j.status, x.token, x.result, x.attempt  -- of two attempts, the one that counts
  ), results AS (
    UPDATE ai_core_aijobdata d SET result_data = s.result::jsonb, result_attempt = s.attempt
    FROM settled s WHERE d.job_id = s.id AND s.status = 'completed'
  ), stages AS (
    UPDATE ai_core_jobstage g SET ended_at = clock_timestamp(),
      state = CASE WHEN s.status = 'completed' THEN 'completed' ELSE 'failed' END,
      progress = CASE WHEN s.status = 'completed' THEN 100 ELSE g.progress END
    FROM settled s
    WHERE g.job_id = s.id AND g.state IN ('active', 'recovering')
      AND s.status IN ('completed', 'failed', 'timeout', 'cancelled')
  )
  SELECT array_agg(s.id), array_agg(s.token) INTO ours, theirs FROM settled s;

  RETURN QUERY SELECT mine.token, j, d.usage
  FROM unnest(ours, theirs) AS mine(id, token)
  JOIN ai_core_aijob j ON j.id = mine.id
  JOIN ai_core_aijobdata d ON d.job_id = j.id;
END $$;
