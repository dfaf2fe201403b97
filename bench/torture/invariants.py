"""What must hold whatever happened, as SQL: every query returns no row."""

from collections.abc import Callable, Iterable
from typing import Any

from ai_core.statuses import FINAL, TRANSITIONS

_FINAL = ", ".join(f"'{status.value}'" for status in sorted(FINAL))
_TOLD = ", ".join(f"'job.{status.value}'" for status in sorted(FINAL))
_LEGAL = ", ".join(
    f"('{old.value}', '{new.value}')" for old, targets in TRANSITIONS.items() for new in targets
)
_LEGAL_BIRTHS = "('', 'draft'), ('', 'pending')"

ALWAYS: dict[str, str] = {
    "one final event for a final job, none for an open one": f"""
        SELECT j.id, j.status, count(e.id) FROM ai_core_aijob j
        LEFT JOIN ai_core_jobevent e
          ON e.job_id = j.id AND e.type = 'status' AND e.new_status IN ({_FINAL})
        GROUP BY j.id HAVING count(e.id) <> (j.status IN ({_FINAL}))::int""",
    "the last status event is the status": """
        SELECT j.id, j.status, l.new_status FROM ai_core_aijob j
        LEFT JOIN LATERAL (SELECT e.new_status FROM ai_core_jobevent e
          WHERE e.job_id = j.id AND e.type = 'status' ORDER BY e.id DESC LIMIT 1) l ON true
        WHERE l.new_status IS DISTINCT FROM j.status""",
    "each status event begins where the one before ended": """
        SELECT job_id, old_status, before FROM (
          SELECT job_id, old_status, lag(new_status, 1, '') OVER (
            PARTITION BY job_id ORDER BY id) AS before
          FROM ai_core_jobevent WHERE type = 'status') x
        WHERE old_status <> before""",
    "every move is legal": f"""
        SELECT job_id, old_status, new_status FROM ai_core_jobevent WHERE type = 'status'
          AND (old_status, new_status) NOT IN ({_LEGAL}, {_LEGAL_BIRTHS})""",
    "an attempt begins only while the job runs": """
        SELECT a.job_id, a.attempt FROM ai_core_jobevent a
        CROSS JOIN LATERAL (SELECT s.new_status FROM ai_core_jobevent s
          WHERE s.job_id = a.job_id AND s.type = 'status' AND s.id < a.id
          ORDER BY s.id DESC LIMIT 1) last
        WHERE a.type = 'attempt' AND last.new_status <> 'running'""",
    "attempts are the claims, one by one": """
        SELECT j.id, j.attempt, count(e.id) FROM ai_core_aijob j
        LEFT JOIN ai_core_jobevent e ON e.job_id = j.id AND (
          e.type = 'attempt' OR (e.type = 'status' AND e.new_status = 'running'))
        GROUP BY j.id HAVING j.attempt <> count(e.id) OR j.attempt <> count(DISTINCT e.attempt)""",
    "budgets are kept": """
        SELECT j.id, j.losses, j.failures FROM ai_core_aijob j
        JOIN ai_core_aijobtype t ON t.id = j.job_type_id
        WHERE j.losses > t.max_losses OR j.failures > t.max_failures
          OR j.losses + j.failures > j.attempt""",
    "exactly the completed jobs have a result": """
        SELECT j.id, j.status FROM ai_core_aijob j JOIN ai_core_aijobdata d ON d.job_id = j.id
        WHERE (j.status = 'completed') <> (d.result_data IS NOT NULL)
          AND NOT d.removed ? 'results'""",
    "every job has its data": """
        SELECT j.id FROM ai_core_aijob j LEFT JOIN ai_core_aijobdata d ON d.job_id = j.id
        WHERE d.job_id IS NULL""",
    "the result is that of the last attempt, and of this job": """
        SELECT j.id, j.attempt, d.result_attempt, d.result_data
        FROM ai_core_aijob j JOIN ai_core_aijobdata d ON d.job_id = j.id
        WHERE d.result_data IS NOT NULL AND (d.result_attempt IS DISTINCT FROM j.attempt
          OR coalesce((d.result_data ->> 'attempt')::int, j.attempt) <> j.attempt
          OR coalesce(d.result_data ->> 'job_id', j.job_id) <> j.job_id)""",
    "a lease only while running; an end only when final": f"""
        SELECT id, status FROM ai_core_aijob
        WHERE (lease_token IS NOT NULL AND status <> 'running')
          OR (lease_token IS NULL) <> (lease_expires_at IS NULL)
          OR (status IN ({_FINAL})) <> (completed_at IS NOT NULL)
          OR (status <> 'running' AND (deadline_at IS NOT NULL OR stop_requested <> ''))""",
    "times are in order": """
        SELECT id FROM ai_core_aijob WHERE started_at < created_at OR completed_at < started_at
          OR completed_at < created_at OR active_seconds < 0
          OR (attempt > 0) <> (started_at IS NOT NULL)
          OR active_seconds > extract(epoch FROM clock_timestamp() - started_at) + 1""",
    "a failed job says why": """
        SELECT id, status FROM ai_core_aijob WHERE status IN ('failed', 'timeout')
          AND (error_message = '' OR error_code = '' OR failure_class = '')""",
    "a completed job has no error and all of its progress": """
        SELECT id FROM ai_core_aijob WHERE status = 'completed'
          AND (progress_percentage <> 100 OR error_code <> '' OR error_message <> '')""",
    "a job that is over has no step under way": f"""
        SELECT j.id, s.name FROM ai_core_aijob j JOIN ai_core_jobstage s ON s.job_id = j.id
        WHERE j.status IN ({_FINAL}) AND s.state IN ('active', 'recovering')""",
    "no attempt that never was has written": """
        SELECT j.id FROM ai_core_aijob j WHERE
          EXISTS (SELECT FROM ai_core_joblog l WHERE l.job_id = j.id AND l.attempt > j.attempt)
          OR EXISTS (SELECT FROM ai_core_artifact a
                     WHERE a.job_id = j.id AND a.attempt > j.attempt)""",
    "the lines of an attempt have no gap": """
        SELECT job_id, attempt FROM ai_core_joblog WHERE number IS NOT NULL
        GROUP BY 1, 2 HAVING max(number) <> count(*) OR min(number) <> 1""",
    "the lines of an attempt are in order": """
        SELECT job_id, attempt, number FROM (
          SELECT job_id, attempt, number, lag(number) OVER (
            PARTITION BY job_id, attempt ORDER BY id) AS before
          FROM ai_core_joblog WHERE number IS NOT NULL) x
        WHERE before >= number""",
    "one job for a key of a brand": """
        SELECT brand_id, key FROM ai_core_idempotencykey
        GROUP BY 1, 2 HAVING count(*) > 1 OR bool_or(job_id IS NULL)""",
    "nothing crosses brands": """
        SELECT j.id FROM ai_core_aijob j
        LEFT JOIN ai_core_release r ON r.id = j.release_id
        LEFT JOIN ai_core_aijob o ON o.id = j.origin_id
        LEFT JOIN ai_core_idempotencykey k ON k.job_id = j.id
        WHERE r.brand_id <> j.brand_id OR o.brand_id <> j.brand_id OR k.brand_id <> j.brand_id""",
    "an end is told once, as it was, and in its brand": f"""
        SELECT m.job_number, m.kind FROM ai_notices_message m
        JOIN ai_core_aijob j ON j.id = m.job_number
        WHERE m.kind IN ({_TOLD}) AND (m.kind <> 'job.' || j.status OR m.brand_id <> j.brand_id
          OR EXISTS (SELECT FROM ai_notices_message o WHERE o.job_number = m.job_number
                     AND o.id <> m.id AND o.kind IN ({_TOLD})))""",
    "what is delivered was accepted": """
        SELECT d.id FROM ai_notices_delivery d WHERE d.state = 'delivered' AND NOT EXISTS (
          SELECT FROM ai_notices_attempt a WHERE a.delivery_id = d.id AND a.error_code = '')""",
}

UNTOLD = f"""
    SELECT j.id, w.name FROM ai_core_aijob j
    JOIN ai_notices_webhook w ON w.brand_id = j.brand_id AND w.off = ''
      AND w.created_at < j.created_at AND ('job.' || j.status) = ANY (w.kinds)
    WHERE j.status IN ({_FINAL}) AND NOT EXISTS (
      SELECT FROM ai_notices_message m JOIN ai_notices_delivery d ON d.message_id = m.id
      WHERE m.job_number = j.id AND m.kind = 'job.' || j.status AND d.webhook_id = w.id)"""

# Only when nothing runs any more and all is said.
AT_REST: dict[str, str] = {
    "all jobs have ended": f"""
        SELECT id, status, substatus FROM ai_core_aijob WHERE status NOT IN ({_FINAL})""",
    "no slot is held for work that stops": """
        SELECT id FROM ai_core_aijob WHERE stopping_until IS NOT NULL""",
    "every end is told to every webhook that wants to hear of it": UNTOLD,
}

LOST = """
    SELECT a.job_id FROM unnest(%s::text[]) AS a(job_id)
    LEFT JOIN ai_core_aijob j ON j.job_id = a.job_id WHERE j.id IS NULL"""

Ask = Callable[..., list[tuple[Any, ...]]]


def broken(
    ask: Ask, *, at_rest: bool = False, acknowledged: Iterable[str] = ()
) -> dict[str, list[tuple[Any, ...]]]:
    """Ask every query; return the ones that found something, with their first rows."""
    queries = {**ALWAYS, **(AT_REST if at_rest else {})}
    found = {name: ask(query)[:5] for name, query in queries.items()}
    found["nothing acknowledged is lost"] = ask(LOST, list(acknowledged))[:5]
    return {name: rows for name, rows in found.items() if rows}
