"""The sums of days: what was folded already and what was not, always both together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from ai_usage.models import COUNTS, KEYS, UsageDelta
from brands.models import Brand
from brands.scoping import ALL_BRANDS, AllBrands

FOLD_AT_ONCE = 50_000
_FOLDER = 7_246_113  # the number of the lock that one folder at a time holds

# What one may group by → the column that says it.
DIMENSIONS = {
    "day": "day",
    "brand": "brand_id",
    "job_type": "job_type",
    "provider": "provider",
    "model": "model",
    "user": "created_by_id",
}
_COLUMNS = ", ".join((*KEYS, *COUNTS))
_SUMS = ", ".join(f"sum({name}) AS {name}" for name in COUNTS)

_FOLD = f"""
WITH gone AS (
  DELETE FROM ai_usage_usagedelta WHERE id <= %s RETURNING {_COLUMNS})
INSERT INTO ai_usage_dailyusage AS d ({_COLUMNS})
SELECT {", ".join(KEYS)}, {", ".join(f"sum({name})" for name in COUNTS)} FROM gone
GROUP BY {", ".join(KEYS)} ORDER BY {", ".join(KEYS)}
ON CONFLICT ({", ".join(KEYS)}) DO UPDATE SET
  {", ".join(f"{name} = d.{name} + excluded.{name}" for name in COUNTS)}
"""  # noqa: S608


def fold() -> int:
    """Add what is new to its days; a second folder finds the first at work and leaves."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_FOLDER])
        if not cursor.fetchone()[0]:
            return 0
        newest = UsageDelta.objects.order_by("id").values("id")[:FOLD_AT_ONCE]
        last = UsageDelta.objects.filter(id__in=newest).aggregate(last=Max("id"))["last"]
        if last is None:
            return 0
        # A number below that is still to be committed stays for the next time.
        cursor.execute(_FOLD, [last])
        return cursor.rowcount


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is to be summed: for whom, when, grouped by what, and of what only."""

    scope: Brand | AllBrands | None
    group_by: Sequence[str] = ("day",)
    first: date | None = None
    last: date | None = None
    only: dict[str, Any] | None = None


def sums(question: Question, *, most: int) -> list[dict[str, Any]]:
    """Return one row per group and currency: the newest day first, else the dearest first."""
    if question.scope is None:
        return []
    groups = [DIMENSIONS[name] for name in question.group_by]
    where, values = _where(question)
    order = "day DESC, " if "day" in groups else ""
    listed = ", ".join([*groups, "currency"])
    query = f"""
      SELECT {listed}, {_SUMS} FROM (
        SELECT {_COLUMNS} FROM ai_usage_dailyusage WHERE {where}
        UNION ALL
        SELECT {_COLUMNS} FROM ai_usage_usagedelta WHERE {where}) both_of_them
      GROUP BY {listed} HAVING sum(jobs) <> 0 OR sum(calls) <> 0
      ORDER BY {order}sum(cost) DESC, sum(jobs) DESC, {listed} LIMIT %s
    """  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(query, [*values, *values, most])
        names = [*question.group_by, "currency", *COUNTS]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _where(question: Question) -> tuple[str, list[Any]]:
    conditions, values = ["true"], []
    if question.scope is not ALL_BRANDS:
        conditions.append("brand_id = %s")
        values.append(question.scope.pk)  # type: ignore[union-attr]
    if question.first is not None:
        conditions.append("day >= %s")
        values.append(question.first)
    if question.last is not None:
        conditions.append("day <= %s")
        values.append(question.last)
    for name, value in (question.only or {}).items():
        conditions.append(f"{DIMENSIONS[name]} IS NOT DISTINCT FROM %s")
        values.append(value)
    return " AND ".join(conditions), values


def success_rates(pairs: Sequence[tuple[int, str]], *, since: date) -> dict[tuple[int, str], float]:
    """Completed of all that ended by themselves, per brand and type; not of cancelled ones."""
    if not pairs:
        return {}
    brands, types = [brand for brand, _ in pairs], [kind for _, kind in pairs]
    condition = "brand_id = ANY (%s) AND job_type = ANY (%s) AND day >= %s"
    columns = "brand_id, job_type, completed, failed, timeout"
    query = f"""
      SELECT brand_id, job_type, sum(completed), sum(completed + failed + timeout) FROM (
        SELECT {columns} FROM ai_usage_dailyusage WHERE {condition}
        UNION ALL
        SELECT {columns} FROM ai_usage_usagedelta WHERE {condition}) both_of_them
      GROUP BY brand_id, job_type
    """  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(query, [brands, types, since] * 2)
        return {
            (brand, kind): round(float(good / every), 4)
            for brand, kind, good, every in cursor.fetchall()
            if every
        }
