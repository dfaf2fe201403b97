-- CLAIM: the one place that decides which job runs next. Priority, schedule, the queue's limit,
-- its pause, fair share between brands and what this worker knows are all decided here.
--
-- A function, because each of its statements sees a fresh snapshot: the slots are counted after
-- the lock on a limited queue was won, so two claims at once can never both take the last slot.
--
-- Planned once a session: planning it anew each time cost more than running it. The plan may come
-- from a time when the table was small, so it must hold for a large one, too: no table is read from
-- end to end, and what an index keeps in order is not sorted.

CREATE OR REPLACE FUNCTION ai_core_claim(
  the_queue bigint, known_types bigint[], want int, worker text, lease interval,
  only_job bigint DEFAULT NULL
) RETURNS TABLE (
  id bigint, job_id varchar, brand_id bigint, job_type_id bigint, attempt int, lease_token uuid,
  seconds_left float8, failures smallint, losses smallint, timeout_seconds int,
  input_data jsonb, checkpoint jsonb
) LANGUAGE plpgsql
  SET plan_cache_mode = force_generic_plan
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off
AS $$
#variable_conflict use_column
DECLARE
  room int;
  line record;
BEGIN
  IF only_job IS NOT NULL THEN  -- found by its key, which the general plan does not do
    PERFORM set_config('plan_cache_mode', 'force_custom_plan', true),
      set_config('enable_sort', 'on', true);
  END IF;
  SELECT q.concurrency_limit, q.is_paused INTO line FROM ai_core_queue q WHERE q.id = the_queue;
  IF NOT FOUND OR line.is_paused THEN RETURN; END IF;
  room := want;
  IF line.concurrency_limit IS NOT NULL THEN
    SELECT q.concurrency_limit, q.is_paused INTO line
      FROM ai_core_queue q WHERE q.id = the_queue FOR NO KEY UPDATE;
    SELECT least(want, coalesce(line.concurrency_limit, 1000000)
      - (SELECT count(*) FROM ai_core_aijob j
         WHERE j.queue_id = the_queue AND j.lease_token IS NOT NULL)
      - (SELECT count(*) FROM ai_core_aijob j
         WHERE j.queue_id = the_queue AND j.stopping_until IS NOT NULL
           AND j.stopping_until > clock_timestamp()))
    INTO room;
  END IF;
  IF room <= 0 OR line.is_paused THEN RETURN; END IF;

  RETURN QUERY
  WITH RECURSIVE waiting (brand_id) AS (  -- the brands that wait: one index probe each
    (SELECT j.brand_id FROM ai_core_aijob j
     WHERE j.queue_id = the_queue AND j.due AND j.lease_token IS NULL
       AND j.status IN ('pending', 'running')
     ORDER BY j.brand_id LIMIT 1)
    UNION ALL
    SELECT (SELECT j.brand_id FROM ai_core_aijob j
            WHERE j.queue_id = the_queue AND j.due AND j.lease_token IS NULL
              AND j.status IN ('pending', 'running') AND j.brand_id > w.brand_id
            ORDER BY j.brand_id LIMIT 1)
    FROM waiting w WHERE w.brand_id IS NOT NULL
  ), busy AS (
    SELECT j.brand_id, count(*) AS slots FROM ai_core_aijob j
    WHERE j.queue_id = the_queue AND j.lease_token IS NOT NULL GROUP BY j.brand_id
  ), heads AS (
    SELECT h.id, h.queue_rank, h.priority,
      coalesce(busy.slots, 0) + row_number() OVER (
        PARTITION BY w.brand_id ORDER BY h.queue_rank, h.priority DESC, h.id) AS turn
    FROM waiting w
    JOIN brands_brand b ON b.id = w.brand_id AND b.is_active
    LEFT JOIN busy ON busy.brand_id = w.brand_id
    CROSS JOIN LATERAL (
      SELECT j.id, j.queue_rank, j.priority FROM ai_core_aijob j
      WHERE j.queue_id = the_queue AND j.brand_id = w.brand_id AND j.due
        AND j.lease_token IS NULL AND j.status IN ('pending', 'running')
        AND j.job_type_id = ANY (known_types)
        AND (only_job IS NULL OR j.id = only_job)
      ORDER BY j.queue_rank, j.priority DESC, j.id
      LIMIT room FOR NO KEY UPDATE SKIP LOCKED
    ) h
  ), chosen AS (
    SELECT heads.id FROM heads
    ORDER BY heads.queue_rank, heads.priority DESC, heads.turn, heads.id LIMIT room
  ), claimed AS (
    UPDATE ai_core_aijob j SET
      status = 'running', attempt = j.attempt + 1,
      lease_token = gen_random_uuid(), lease_expires_at = clock_timestamp() + lease,
      leased_by = worker, last_token = NULL, stopping_until = NULL,
      deadline_at = clock_timestamp() + make_interval(secs => j.timeout_seconds),
      active_since = clock_timestamp(), substatus = '', waits_for = '', moved_by_id = NULL,
      error_message = '', error_code = '', failure_class = '',
      progress_percentage = CASE WHEN j.checkpoint_at IS NULL THEN 0 ELSE j.progress_percentage END
    FROM chosen WHERE j.id = chosen.id
    RETURNING j.id, j.job_id, j.brand_id, j.job_type_id, j.attempt, j.lease_token,
      j.queue_rank, j.priority, j.failures, j.losses, j.timeout_seconds
  )
  SELECT c.id, c.job_id, c.brand_id, c.job_type_id, c.attempt, c.lease_token,
    c.timeout_seconds::float8, c.failures, c.losses, c.timeout_seconds,
    d.input_data, d.checkpoint
  FROM claimed c JOIN ai_core_aijobdata d ON d.job_id = c.id
  ORDER BY c.queue_rank, c.priority DESC, c.id;
END $$;
