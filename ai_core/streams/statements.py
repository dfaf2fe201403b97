"""All SQL of the streams: plain reads by cursor, on connections that are kept only for the read."""

# ---------------------------------------------------------------------- one job
JOB = """
SELECT id, job_id, status, progress_percentage, stage, substatus, attempt, error_message,
  error_code, failure_class, started_at, completed_at, updated_at,
  coalesce(stopping_until > clock_timestamp(), false) AS stopping,
  deleted_at IS NOT NULL AS deleted
FROM ai_core_aijob WHERE id = %s
"""

LOGS = """
SELECT id, attempt, number, at AS time, level, stage, message FROM ai_core_joblog
WHERE job_id = %s AND id > %s ORDER BY id LIMIT %s
"""

EVENTS = """
SELECT e.id, e.at AS time, e.type, e.attempt, e.old_status, e.new_status, e.message, e.payload,
  CASE WHEN u.id IS NOT NULL THEN json_build_object('id', u.id, 'username', u.username) END AS actor
FROM ai_core_jobevent e LEFT JOIN auth_user u ON u.id = e.actor_id
WHERE e.job_id = %s AND e.id > %s ORDER BY e.id LIMIT %s
"""

# A step that is reported again keeps its row: its attempt or its time is later then.
METRICS = """
SELECT id, step, attempt, epoch, at AS time, values FROM ai_core_jobmetric
WHERE job_id = %s AND (id > %s OR attempt > %s OR (attempt = %s AND at > %s))
ORDER BY attempt, at, id LIMIT %s
"""

ARTIFACTS = """
SELECT id, name, kind, attempt, size, content_type, sha256, is_partial, created_at
FROM ai_core_artifact WHERE job_id = %s ORDER BY id LIMIT %s
"""

STAGES = """
SELECT name, state, substatus, progress, started_at, ended_at
FROM ai_core_jobstage WHERE job_id = %s ORDER BY position, id LIMIT 200
"""

# Where a reader begins who wants only the last lines.
TAIL = """
SELECT coalesce((SELECT id FROM ai_core_joblog WHERE job_id = %s ORDER BY id DESC
                 OFFSET %s LIMIT 1), 0) AS log
"""

# Has anything happened to these jobs? A few index probes for each.
LOOK = """
SELECT j.id, j.status, j.attempt, j.updated_at,
  j.stopping_until > clock_timestamp() AS stopping, j.deleted_at,
  (SELECT max(l.id) FROM ai_core_joblog l WHERE l.job_id = j.id) AS log,
  (SELECT max(e.id) FROM ai_core_jobevent e WHERE e.job_id = j.id) AS event,
  (SELECT max(m.step) FROM ai_core_jobmetric m WHERE m.job_id = j.id) AS metric,
  (SELECT max(a.id) FROM ai_core_artifact a WHERE a.job_id = j.id) AS artifact
FROM ai_core_aijob j WHERE j.id = ANY(%s::bigint[])
"""

# ---------------------------------------------------------------------- many jobs of a brand
JOBS = """
SELECT id, job_id, status, progress_percentage, stage, substatus, attempt, error_message,
  error_code, failure_class, started_at, completed_at, updated_at, false AS stopping,
  deleted_at IS NOT NULL AS deleted
FROM ai_core_aijob WHERE id = ANY(%s::bigint[]) AND (%s::bigint IS NULL OR brand_id = %s)
"""

STATUS_EVENTS = """
SELECT e.id, e.job_id, j.brand_id FROM ai_core_jobevent e JOIN ai_core_aijob j ON j.id = e.job_id
WHERE e.id > %s AND e.id <= %s AND e.type = 'status' ORDER BY e.id LIMIT %s
"""

# Progress leaves no event behind. What runs is few, and has an index of its own.
LEASED = """
SELECT id, brand_id FROM ai_core_aijob
WHERE lease_token IS NOT NULL AND (%s::bigint IS NULL OR brand_id = %s)
  AND updated_at > clock_timestamp() - make_interval(secs => %s)
ORDER BY id DESC LIMIT %s
"""
