"""The statements that write the jobs of a filled hub; each makes all rows of one table.

A job's facts follow from its number alone (`x` is a number in [0, 1) that looks random), so two
fills of the same size are alike.
"""

# Brands and people: the first brand has four jobs in ten, the last a few in a hundred.
JOBS = """
INSERT INTO ai_core_aijob (
  job_id, brand_id, job_type_id, created_by_id, description, tags, is_async, task_id, status,
  priority, queue_id, due, timeout_seconds, created_at, updated_at, started_at, completed_at,
  progress_percentage, error_message, error_code, failure_class, active_seconds, attempt, failures,
  cancel_reason, origin_kind, stage, substatus, queue_rank, waits_for, stop_requested, losses,
  leased_by)
SELECT
  'ai_job_' || substr(translate(md5(%(salt)s || i), '0189', 'ghij'), 1, 26),
  (%(brands)s::bigint[])[1 + floor(power(b, 2.2) * %(brand_count)s)::int],
  t.id, (%(users)s::bigint[])[1 + floor(power(b, 2.2) * %(brand_count)s)::int],
  (ARRAY['Analyse SEO de contenu', 'Summary of the report', 'Résumé de la réunion',
    'Fine-tuning of the catalogue', 'Fiche produit', 'Translation of the manual',
    'Newsletter d’automne', 'Check of the landing page'])[1 + floor(w * 8)::int]
    || ' ' || (ARRAY['of spring', 'n° ', 'draft ', 'v', 'page ', 'lot '])[1 + floor(x * 6)::int]
    || i %% 9973 || CASE WHEN i %% 200003 = 7 THEN ' aurora' ELSE '' END,
  CASE WHEN i %% 10 = 0 THEN ARRAY['seo']
    WHEN i %% 97 = 0 THEN ARRAY['urgent', 'client-' || i %% 31]
    ELSE '{}'::varchar[] END,
  t.requires_async, md5('task' || i)::uuid::text, s.status,
  CASE WHEN p < 0.06 THEN 0 WHEN p < 0.9 THEN 1 WHEN p < 0.98 THEN 2 ELSE 3 END,
  t.queue_id, true, t.timeout_seconds, made, made + lasted, began, ended,
  CASE WHEN s.status = 'completed' THEN 100 WHEN began IS NULL THEN 0 ELSE floor(x * 99)::int END,
  CASE WHEN s.status = 'failed' THEN 'The provider answered 503 after ' || floor(x * 9) || ' s.'
    WHEN s.status = 'timeout' THEN 'The job ran longer than its time-out.' ELSE '' END,
  CASE WHEN s.status = 'failed' THEN 'PROVIDER_ERROR' WHEN s.status = 'timeout' THEN 'TIMEOUT'
    ELSE '' END,
  CASE WHEN s.status = 'failed' THEN 'provider_down' WHEN s.status = 'timeout' THEN 'timeout'
    ELSE '' END,
  CASE WHEN began IS NULL THEN 0 ELSE round((extract(epoch FROM lasted) * 0.9)::numeric, 3) END,
  CASE WHEN began IS NULL THEN 0 ELSE 1 END, CASE WHEN s.status = 'failed' THEN 1 ELSE 0 END,
  CASE WHEN s.status = 'cancelled' THEN 'mistake' ELSE '' END,
  '', '', '', 0, '', '', 0, ''
FROM (
  SELECT i, %(now)s::timestamptz - make_interval(
      secs => (%(jobs)s - i)::float8 / %(jobs)s * %(days)s * 86400) AS made,
    abs(hashint8(i)) / most AS x, abs(hashint8(i * 31 + 7)) / most AS b,
    abs(hashint8(i * 57 + 3)) / most AS p, abs(hashint8(i * 91 + 5)) / most AS w
  FROM generate_series(1, %(jobs)s::bigint) i,
    (SELECT 2147483649.0::float8) of(most)  -- the power of a numeric takes 60 times as long
) one
CROSS JOIN LATERAL (SELECT CASE
  WHEN i > %(jobs)s - 30 THEN 'running'
  WHEN i > %(jobs)s - 1500 THEN 'pending'
  WHEN i %% 5003 = 0 THEN 'draft'
  WHEN i %% 20011 = 0 THEN 'paused'
  WHEN x < 0.92 THEN 'completed' WHEN x < 0.96 THEN 'failed' WHEN x < 0.97 THEN 'timeout'
  ELSE 'cancelled' END AS status) s
CROSS JOIN LATERAL (SELECT make_interval(secs => 1 + power(x, 3) * 400) AS lasted) l
CROSS JOIN LATERAL (SELECT
  CASE WHEN s.status IN ('pending', 'draft') THEN NULL ELSE made + interval '20 ms' END AS began,
  CASE WHEN s.status IN ('completed', 'failed', 'timeout', 'cancelled') THEN made + lasted END
    AS ended) e
JOIN unnest(%(types)s::bigint[]) WITH ORDINALITY AS k(id, place)
  ON k.place = 1 + floor(power(w, 1.7) * %(type_count)s)::int
JOIN ai_core_aijobtype t ON t.id = k.id
ORDER BY i
"""
DATA = """
INSERT INTO ai_core_aijobdata (job_id, input_data, result_data, result_attempt, usage, cancel_notes)
SELECT id,
  jsonb_build_object('text', repeat('A text of some words that somebody wants to have read. ', 5),
    'language', 'fr', 'number', id),
  CASE WHEN status = 'completed' THEN jsonb_build_object('score', id %% 100, 'summary',
    repeat('What is worth knowing of it. ', 8)) END,
  CASE WHEN status = 'completed' THEN 1 END, '[]', ''
FROM ai_core_aijob WHERE id > %(after)s ORDER BY id
"""
EVENTS = """
INSERT INTO ai_core_jobevent
  (job_id, at, type, attempt, old_status, new_status, message, payload, actor_id)
SELECT j.id, e.at, 'status', e.attempt, e.before, e.after, e.message, '{}', j.created_by_id
FROM ai_core_aijob j CROSS JOIN LATERAL (VALUES
  (j.created_at, 0, '', CASE WHEN j.status = 'draft' THEN 'draft' ELSE 'pending' END, ''),
  (j.started_at, 1, 'pending', 'running', ''),
  (CASE WHEN j.status NOT IN ('running', 'pending', 'draft') THEN j.updated_at END, 1, 'running',
   j.status, j.error_message)
) AS e(at, attempt, before, after, message)
WHERE j.id > %(after)s AND e.at IS NOT NULL ORDER BY j.id, e.attempt
"""
LOGS = """
INSERT INTO ai_core_joblog (job_id, attempt, number, at, level, stage, message)
SELECT j.id, 1, n, j.started_at + n * interval '10 ms', CASE WHEN n = 3 THEN 'warning' ELSE 'info'
  END, '', 'Step ' || n || ' of the work on job ' || j.id
FROM ai_core_aijob j CROSS JOIN generate_series(1, 4) n
WHERE j.id > %(after)s AND j.started_at IS NOT NULL AND j.id %% 10 = 0 ORDER BY j.id, n
"""
USAGE = """
INSERT INTO ai_usage_aijobusage (
  job_id, brand_id, created_by_id, job_type, ending, success, provider_name, model, calls,
  prompt_tokens, completion_tokens, total_tokens, cached_tokens, reasoning_tokens, total_cost,
  known_cost, currency, price_status, price_source, price_version, usage_source,
  execution_time_seconds, day, ended_at, parts)
SELECT j.id, j.brand_id, j.created_by_id, t.name, j.status, j.status = 'completed', 'acme',
  'm-' || j.id %% 3, 1, 900, 300, 1200, 0, 0,
  CASE WHEN j.id %% 50 > 0 THEN (j.id %% 1000) / 100000.0 END,
  CASE WHEN j.id %% 50 > 0 THEN (j.id %% 1000) / 100000.0 ELSE 0 END, b.currency,
  CASE WHEN j.id %% 50 > 0 THEN 'priced' ELSE 'unpriced' END, '', '', 'provider', j.active_seconds,
  (j.completed_at AT TIME ZONE b.time_zone)::date, j.completed_at,
  jsonb_build_array(jsonb_build_object('provider', 'acme', 'model', 'm-' || j.id %% 3, 'calls', 1,
    'prompt_tokens', 900, 'completion_tokens', 300, 'cost', '0.001'))
FROM ai_core_aijob j JOIN ai_core_aijobtype t ON t.id = j.job_type_id
JOIN brands_brand b ON b.id = j.brand_id
WHERE j.id > %(after)s AND j.completed_at IS NOT NULL ORDER BY j.id
"""
USAGE_DAYS = """
INSERT INTO ai_usage_usagedelta (
  brand_id, day, job_type, provider, model, created_by_id, currency, jobs, completed, failed,
  cancelled, timeout, unpriced, calls, prompt_tokens, completion_tokens, cached_tokens,
  reasoning_tokens, cost, seconds)
SELECT brand_id, day, job_type, provider_name, model, created_by_id, currency, count(*),
  count(*) FILTER (WHERE ending = 'completed'), count(*) FILTER (WHERE ending = 'failed'),
  count(*) FILTER (WHERE ending = 'cancelled'), count(*) FILTER (WHERE ending = 'timeout'),
  count(*) FILTER (WHERE total_cost IS NULL), sum(calls), sum(prompt_tokens),
  sum(completion_tokens), 0, 0, sum(known_cost), sum(execution_time_seconds)
FROM ai_usage_aijobusage WHERE job_id > %(after)s GROUP BY 1, 2, 3, 4, 5, 6, 7
"""
# One after the other; what stands side by side in a step needs nothing of its neighbours.
STEPS = [
    {"ai_core_aijob": JOBS},
    {"ai_core_aijobdata": DATA, "ai_core_jobevent": EVENTS, "ai_usage_aijobusage": USAGE},
    {"ai_core_joblog": LOGS, "ai_usage_usagedelta": USAGE_DAYS},
]
