"""Removes what a brand no longer wants to keep, a small batch at a time.

Each rule remembers up to which ending it has come, so a step reads only what it removes. Any
number of sweepers may do this at once: a rule that one holds is passed over by the others.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from ai_core.models import RetentionRule
from ai_core.models.retention import Content
from ai_core.removal import remove
from brands.audit import trail

BATCH = 100
BUDGET_SECONDS = 0.3
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)

_ENDED = """
FROM ai_core_aijob
WHERE brand_id = %(brand)s AND completed_at IS NOT NULL AND completed_at < %(before)s
  AND completed_at >= %(done)s AND (completed_at, id) > (%(done)s, %(job)s)
"""
_NEXT = f"SELECT id, completed_at {_ENDED} ORDER BY completed_at, id LIMIT %(most)s"
_HOW_MANY = f"SELECT count(*), min(completed_at), max(completed_at) FROM (SELECT completed_at {_ENDED} LIMIT %(most)s) x"  # noqa: E501, S608
_NTH = """
SELECT completed_at + interval '1 microsecond' FROM ai_core_aijob
WHERE brand_id = %s AND completed_at IS NOT NULL ORDER BY completed_at DESC OFFSET %s LIMIT 1
"""


@dataclass(frozen=True)
class Plan:
    """What a rule would remove now; `jobs` is counted up to a limit."""

    rule: RetentionRule
    jobs: int
    is_capped: bool
    first: datetime | None
    last: datetime | None


def step(seconds: float = BUDGET_SECONDS) -> bool:
    """Remove for at most so long; return whether there is more to do."""
    until = time.monotonic() + seconds
    busy = list(RetentionRule.objects.order_by().values_list("pk", flat=True))
    random.shuffle(busy)  # one with much to do must not keep the others waiting
    while busy:
        for number in list(busy):
            if not _one_batch(number):
                busy.remove(number)
            if time.monotonic() > until:
                return bool(busy)
    return False


def duty() -> bool:
    """What every sweeper does each second; the rest of the second belongs to others."""
    step()
    return False


def _one_batch(number: int) -> bool:
    """Apply a rule to its next jobs; return whether there may be more of them."""
    with transaction.atomic():
        rule = (
            RetentionRule.objects.select_for_update(skip_locked=True)
            .order_by()
            .filter(pk=number)
            .first()
        )
        jobs = _ended(rule, BATCH) if rule is not None else []
        if rule is None or not jobs:
            return False
        if remove(rule.kind, [job for job, _ended_at in jobs], why_of(rule)):
            rule.done_job, rule.done_until = jobs[-1]
            rule.removed_jobs += len(jobs)
            rule.save(update_fields=["done_job", "done_until", "removed_jobs"])
    return True


def why_of(rule: RetentionRule) -> dict[str, Any]:
    """What is noted on a job, for its page."""
    told = {"on": timezone.now().date().isoformat(), "days": rule.days, "newest": rule.newest}
    return {name: value for name, value in told.items() if value is not None}


def _ended(rule: RetentionRule, most: int) -> list[tuple[int, datetime]]:
    before = _before(rule)
    return _rows(_NEXT, **_values(rule, before), most=most) if before is not None else []


def _before(rule: RetentionRule) -> datetime | None:
    """The end of what goes: the later of both measures, since either is enough."""
    ends = [timezone.now() - timedelta(days=rule.days)] if rule.days else []
    if rule.newest:
        with connection.cursor() as cursor:
            cursor.execute(_NTH, [rule.brand_id, rule.newest])
            ends += [at for (at,) in cursor.fetchall()]
    return max(ends, default=None)


def _values(rule: RetentionRule, before: datetime) -> dict[str, Any]:
    return {
        "brand": rule.brand_id,
        "before": before,
        "done": rule.done_until or BEGINNING,
        "job": rule.done_job,
    }


def _rows(statement: str, **values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


# ---------------------------------------------------------------------- what would go
def plans(rules: Any, *, most: int = 10_000) -> Iterator[Plan]:
    """Say what each rule would remove now; nothing is touched."""
    for rule in rules:
        before = _before(rule)
        count, first, last = 0, None, None
        if before is not None:
            [(count, first, last)] = _rows(_HOW_MANY, **_values(rule, before), most=most + 1)
        yield Plan(rule, min(count, most), count > most, first, last)


def choose(brand: Any, kind: str, *, days: int | None, newest: int | None) -> None:
    """Set what a brand keeps of one kind; with neither measure it keeps everything."""
    with transaction.atomic():
        rules = RetentionRule.objects.select_for_update().filter(brand=brand, kind=kind)
        before = rules.values("days", "newest").first() or {"days": None, "newest": None}
        _set(brand, kind, days=days, newest=newest)
        if changes := trail.differences(before, {"days": days, "newest": newest}):
            trail.record("retention.changed", name=kind, brand=brand, changes=changes)


def _set(brand: Any, kind: str, *, days: int | None, newest: int | None) -> None:
    if days is None and newest is None:
        RetentionRule.objects.filter(brand=brand, kind=kind).delete()
        return
    rule = RetentionRule(brand=brand, kind=Content(kind), days=days, newest=newest)
    rule.full_clean(exclude=["brand"], validate_unique=False, validate_constraints=False)
    RetentionRule.objects.update_or_create(
        brand=brand, kind=kind, defaults={"days": days, "newest": newest}
    )
