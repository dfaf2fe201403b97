"""Negative controls: each invariant query is shown the damage that it is there for, and sees it."""

import pytest
from django.db import connection

from bench.torture import invariants
from tests import factories
from tests.ai_core.workbench import again, claim, claimed_job, completed, make_job, sql

JOB = "UPDATE ai_core_aijob SET {} WHERE id = %(job)s"
DATA = "UPDATE ai_core_aijobdata SET {} WHERE job_id = %(job)s"
EVENT = """INSERT INTO ai_core_jobevent
  (job_id, at, type, attempt, old_status, new_status, message, payload)
  VALUES (%(job)s, now(), '{}', {}, '{}', '{}', '', '{{}}')"""
LINE = """INSERT INTO ai_core_joblog (job_id, attempt, number, at, level, stage, message)
  VALUES (%(job)s, {}, {}, now(), 'info', '', '')"""
TOLD = """INSERT INTO ai_notices_message
  (brand_id, message_id, kind, key, at, job_number, facts, text, created_at)
  SELECT brand_id, '{0}', '{1}', '{0}', now(), id, '{{}}', '', now()
  FROM ai_core_aijob WHERE id = %(job)s;"""
HOOK = """INSERT INTO ai_notices_webhook (brand_id, uuid, name, shape, language, kinds, off,
    shown_address, sealed_address, sealed_secret, sealed_before, created_at)
  SELECT brand_id, gen_random_uuid(), 'h', 'standard', 'en', '{job.completed}', '', '', '', '', '',
    created_at - interval '1 hour' FROM ai_core_aijob WHERE id = %(job)s;"""
DELIVERED = """INSERT INTO ai_notices_delivery (brand_id, message_id, webhook_id, state, attempts,
    attempts_before, due_at, delivered_at, created_at)
  SELECT m.brand_id, m.id, w.id, 'delivered', 1, 0, now(), now(), now()
  FROM ai_notices_message m JOIN ai_notices_webhook w ON w.brand_id = m.brand_id
  WHERE m.job_number = %(job)s;"""

DAMAGE: dict[str, list[str]] = {
    "one final event for a final job, none for an open one": [
        EVENT.format("status", 2, "running", "failed")
    ],
    "the last status event is the status": [JOB.format("status = 'failed'")],
    "each status event begins where the one before ended": [
        EVENT.format("status", 2, "pending", "cancelled")
    ],
    "every move is legal": [EVENT.format("status", 2, "completed", "pending")],
    "an attempt begins only while the job runs": [EVENT.format("attempt", 3, "", "")],
    "attempts are the claims, one by one": [JOB.format("attempt = 7")],
    "budgets are kept": [JOB.format("losses = 9")],
    "exactly the completed jobs have a result": [DATA.format("result_data = NULL")],
    "every job has its data": ["DELETE FROM ai_core_aijobdata WHERE job_id = %(job)s"],
    "the result is that of the last attempt, and of this job": [
        DATA.format("result_attempt = 1"),
        DATA.format("""result_data = '{"attempt": 1}'"""),
        DATA.format("""result_data = '{"job_id": "another"}'"""),
    ],
    "a lease only while running; an end only when final": [
        JOB.format("lease_token = gen_random_uuid(), lease_expires_at = now()"),
        JOB.format("completed_at = NULL"),
    ],
    "times are in order": [
        JOB.format("started_at = now() + interval '1 day'"),
        JOB.format("active_seconds = 1e6"),
    ],
    "a failed job says why": [JOB.format("status = 'failed'")],
    "a completed job has no error and all of its progress": [
        JOB.format("progress_percentage = 40")
    ],
    "a job that is over has no step under way": [
        """INSERT INTO ai_core_jobstage (job_id, position, name, state, substatus, progress)
           VALUES (%(job)s, 1, 'a', 'active', '', 0)"""
    ],
    "no attempt that never was has written": [LINE.format(3, 1)],
    "the lines of an attempt have no gap": [LINE.format(1, 2)],
    "the lines of an attempt are in order": [LINE.format(1, 2) + ";" + LINE.format(1, 1)],
    "one job for a key of a brand": [
        """INSERT INTO ai_core_idempotencykey (brand_id, key, request_hash, created_at)
           SELECT brand_id, 'k', '', now() FROM ai_core_aijob WHERE id = %(job)s"""
    ],
    "nothing crosses brands": [JOB.format("origin_id = %(foreign)s")],
    "an end is told once, as it was, and in its brand": [
        TOLD.format("msg_1", "job.failed"),
        TOLD.format("msg_1", "job.completed") + TOLD.format("msg_2", "job.completed"),
    ],
    "what is delivered was accepted": [TOLD.format("msg_1", "job.completed") + HOOK + DELIVERED],
    "every end is told to every webhook that wants to hear of it": [
        HOOK,
        HOOK + TOLD.format("msg_1", "job.completed"),
    ],
    "all jobs have ended": [JOB.format("status = 'paused', completed_at = NULL")],
    "no slot is held for work that stops": [JOB.format("stopping_until = now()")],
}


@pytest.fixture
def without_guards(synced: None) -> None:
    """Inside this test's transaction nothing refuses anything."""
    sql("ALTER TABLE ai_core_aijob DISABLE TRIGGER USER")
    for table in ("ai_core_aijob", "ai_core_jobevent"):
        for (name,) in sql(
            "SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid = %s::regclass",
            table,
        ):
            sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    sql("DROP INDEX one_final_event_per_job")


@pytest.mark.usefixtures("without_guards")
@pytest.mark.parametrize(("name", "damage"), [(n, d) for n, all_ in DAMAGE.items() for d in all_])
def test_every_invariant_sees_the_damage_that_it_is_there_for(name: str, damage: str):
    sql("ALTER TABLE ai_core_aijob ENABLE TRIGGER USER")
    job, held = claimed_job()
    from ai_core.execution import statements

    statements.settle([again(held)])
    (second,) = claim()
    statements.settle([completed(second)])
    foreign = make_job(brand=factories.make_brand(), draft=True)
    statements_before = invariants.broken(sql)
    assert statements_before == {}
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    sql("ALTER TABLE ai_core_aijob DISABLE TRIGGER USER")
    with connection.cursor() as cursor:
        cursor.execute(damage, {"job": job.pk, "foreign": foreign.pk})
    assert name in invariants.broken(sql, at_rest=name in invariants.AT_REST)


def test_no_invariant_is_without_its_control():
    assert DAMAGE.keys() == invariants.ALWAYS.keys() | invariants.AT_REST.keys()


@pytest.mark.usefixtures("synced")
def test_a_lost_job_is_missed():
    job = make_job()
    assert invariants.broken(sql, acknowledged=[job.job_id]) == {}
    assert "nothing acknowledged is lost" in invariants.broken(sql, acknowledged=["ai_job_gone"])
