"""What a brand in full use has beside its jobs: a trail, schedules, webhooks, trainings, rules."""

from __future__ import annotations

import io
import json
from typing import Any

from django.db import connection

ENTRIES, DELIVERIES, SCHEDULES, TICKS, RUNS, RELEASES = 100_000, 5_000, 60, 20_000, 40, 40

_TRAIL = """
INSERT INTO brands_auditentry (at, brand_id, user_id, username, key_prefix, door, address,
  request_id, kind, action, object_id, object_name, changes)
SELECT now() - make_interval(secs => 60 * (%(count)s - n)), %(brand)s, %(user)s, %(name)s, '',
  'browser', '203.0.113.9', md5(n::text), k.kind, k.kind || '.changed', n::text,
  'thing ' || n, '{"name": ["before", "after"]}'
FROM generate_series(1, %(count)s) n
CROSS JOIN LATERAL (SELECT (ARRAY['job', 'member', 'api_key', 'provider'])[1 + n %% 4] AS kind) k
"""
_MESSAGES = """
INSERT INTO ai_notices_message (brand_id, message_id, kind, key, at, facts, text, created_at)
SELECT %(brand)s, 'msg_' || n, 'job.completed', 'filled-' || n, now(),
  '{"job_id": "ai_job_x", "description": "A job", "id": 1}', '', now()
FROM generate_series(1, %(count)s) n
"""
_DELIVERIES = """
INSERT INTO ai_notices_delivery
  (brand_id, message_id, webhook_id, state, attempts, attempts_before, due_at, delivered_at,
   created_at)
SELECT brand_id, id, %(hook)s, 'delivered', 1, 0, now(), now(), now() FROM ai_notices_message
"""
_TICKS = """
INSERT INTO ai_schedules_tick (brand_id, schedule_id, at, became, why, missed, by_hand, noted_at)
SELECT brand_id, id, now() - make_interval(mins => n), 'skipped', 'overlap', 0, false, now()
FROM ai_schedules_schedule CROSS JOIN generate_series(1, %(count)s / %(schedules)s) n
"""
_OF_RELEASES = """
UPDATE ai_core_aijob SET release_id = r.id FROM (
  SELECT id, row_number() OVER () - 1 AS place FROM ai_core_release WHERE brand_id = %(brand)s) r
WHERE brand_id = %(brand)s AND ai_core_aijob.id %% 400 = r.place
"""


def furnish(brand: Any, user: Any) -> dict[str, Any]:
    """Return the numbers by which pages of single things are asked for."""
    facts = {"brand": brand.pk, "user": user.pk, "name": user.username}
    hook = _hook(brand, user)
    schedule = _schedules(brand, user)
    release = _releases(brand, user)
    with connection.cursor() as cursor:
        for statement, count in ((_TRAIL, ENTRIES), (_MESSAGES, DELIVERIES), (_DELIVERIES, 0),
                                 (_TICKS, TICKS), (_OF_RELEASES, 0)):  # fmt: skip
            more = {"count": count, "hook": hook, "schedules": SCHEDULES}
            cursor.execute(statement, {**facts, **more})
    runs, dataset, configuration = _trainings(brand, user)
    _rules(brand)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return {
        "hook": hook, "schedule": schedule, "release": release, "run": runs[0], "dataset": dataset,
        "configuration": configuration, "runs": ",".join(map(str, runs[:2])),
    }  # fmt: skip


def _hook(brand: Any, user: Any) -> int:
    from ai_notices import webhooks

    made = webhooks.add(
        brand, user=user, name="board", address="https://hooks.example.com/a",
        kinds=["job.completed"],
    )  # fmt: skip
    number: int = made.webhook.pk
    return number


def _schedules(brand: Any, user: Any) -> int:
    from ai_schedules import schedules

    made = [
        schedules.add(
            brand, user=user, name=f"schedule {n}", cron=f"{n % 60} 7 * * 1-5", job_type="sleep",
            time_zone="Europe/Paris", input_data={"seconds": 1},
        )
        for n in range(SCHEDULES)
    ]  # fmt: skip
    return made[0].pk


def _releases(brand: Any, user: Any) -> int:
    from ai_core import releases

    made = [releases.create(brand=brand, user=user, name=f"release {n}") for n in range(RELEASES)]
    return made[0].pk


def _trainings(brand: Any, user: Any) -> tuple[list[int], int, int]:
    from ai_training import datasets, runs
    from ai_training.models import ComputeOffer, TrainingConfiguration
    from ai_training.presets import PRESETS

    rows = "\n".join(json.dumps({"prompt": f"{n}?", "completion": "yes"}) for n in range(200))
    text = io.BytesIO(rows.encode())
    dataset = datasets.store(text, brand=brand, user=user, name="rows", format="jsonl")
    configuration = TrainingConfiguration.objects.create(
        brand=brand, created_by=user, name="balanced", preset="balanced", base_model="m",
        hyperparameters=PRESETS["balanced"],
    )  # fmt: skip
    offer = ComputeOffer.objects.create(
        brand=brand, created_by=user, name="spot", provider="p", region="r", kind="gpu",
        model="H100", hourly_rate="2.49", pricing="spot",
    )  # fmt: skip
    made = [
        runs.create_run(
            {
                "name": f"run {n}", "image": "trainer:1", "offer": offer.pk,
                "dataset": dataset.pk, "total_steps": 100,
            },
            user=user, brand=brand,
        )
        for n in range(RUNS)
    ]  # fmt: skip
    return [one.pk for one in made], dataset.pk, configuration.pk


def _rules(brand: Any) -> None:
    from ai_core import retention
    from ai_core.models.retention import Content

    for kind in Content:
        retention.choose(brand, kind, days=90, newest=None)
