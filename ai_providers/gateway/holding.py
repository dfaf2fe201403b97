"""Holds and spends for many new jobs in a few statements; what is tight is left to `quotas`.

The gate is the same conditional UPDATE: `used + held ≤ limit`. Here it lets the sum of a batch in,
or nobody: then each job asks for itself, one after the other, and the limit stays exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection, transaction

from ai_core import prepared
from ai_core.pricing import Priced
from ai_providers import periods
from ai_providers.models import ProviderQuota, QuotaUse
from ai_providers.models.quotas import Unit
from ai_providers.quotas import ZERO, Need


@dataclass(frozen=True, slots=True)
class Held:
    """One hold of one job, and what the month had left when it was let in."""

    use_id: int
    unit: str
    amount: Decimal
    limit: Decimal
    left: Decimal


@dataclass(kw_only=True, slots=True)
class Wish:
    """What one job needs of the limits that apply to it."""

    job_id: int
    quotas: Sequence[ProviderQuota]
    need: Need


class TooTight(Exception):
    """Not everybody fits in: nothing was held."""


_uses: dict[tuple[int, date], int] = {}

_HOLD = """
INSERT INTO ai_providers_quotahold (use_id, job_id, amount, spent, state, created_at)
SELECT use_id, job_id, amount, 0, 'held', clock_timestamp()
FROM unnest(%s::bigint[], %s::bigint[], %s::numeric[]) AS x(use_id, job_id, amount)
"""
# What is counted generously must not crowd out who has room: near a limit all count exactly.
AMPLE = 20
_GATE = """
UPDATE ai_providers_quotause u SET held = u.held + %s::numeric
FROM ai_providers_providerquota q
WHERE u.id = %s AND q.id = u.quota_id AND u.used + u.held + %s::numeric <= q."limit"
RETURNING u.used + u.held, q."limit"
"""


def reserve(wishes: Sequence[Wish]) -> dict[int, list[Held]]:
    """Hold what all of these need, or nothing; by job. In the transaction that starts them."""
    rows = [
        (_use(quota), wish.job_id, amount, quota.unit)
        for wish in wishes
        for quota in wish.quotas
        if (amount := wish.need.of(quota.unit)) is not None
    ]
    if len(rows) < sum(len(wish.quotas) for wish in wishes):
        raise TooTight  # a price is unknown
    with transaction.atomic():
        columns = [[row[place] for row in rows] for place in range(3)]
        prepared.rows(_HOLD, columns)
        months = {use_id: _let_in(use_id, rows) for use_id in sorted({row[0] for row in rows})}
    found: dict[int, list[Held]] = {wish.job_id: [] for wish in wishes}
    for use_id, job_id, amount, unit in rows:
        taken, limit = months[use_id]
        found[job_id].append(Held(use_id, unit, amount, limit, limit - taken))
    return found


def _let_in(use_id: int, rows: Sequence[tuple[int, int, Decimal, str]]) -> tuple[Decimal, Decimal]:
    total = sum((row[2] for row in rows if row[0] == use_id), ZERO)
    answer = prepared.rows(_GATE, [total, use_id, total * AMPLE])
    if not answer:
        raise TooTight
    return answer[0][0], answer[0][1]


def _use(quota: ProviderQuota) -> int:
    """The row of this month; it is made once, and its number never changes."""
    place = quota.id, periods.month_of(quota.brand)
    if place not in _uses:
        use, _is_new = QuotaUse.objects.get_or_create(quota_id=place[0], period_start=place[1])
        if len(_uses) > 5_000:
            _uses.clear()
        _uses[place] = use.id
    return _uses[place]


def known_use(quota: ProviderQuota) -> int | None:
    """The number of this month's row, if somebody has asked for it before."""
    return _uses.get((quota.id, periods.month_of(quota.brand)))


def forget() -> None:
    _uses.clear()


# ---------------------------------------------------------------------- afterwards
_SPEND = """
WITH old AS (
  SELECT h.id, h.use_id, h.amount, h.spent + x.more AS spent
  FROM unnest(%s::bigint[], %s::bigint[], %s::numeric[]) AS x(job_id, use_id, more)
  JOIN ai_providers_quotahold h ON h.job_id = x.job_id AND h.use_id = x.use_id
  WHERE h.state = 'held' ORDER BY h.id FOR UPDATE OF h
), written AS (
  UPDATE ai_providers_quotahold h SET spent = old.spent, amount = greatest(old.amount, old.spent)
  FROM old WHERE h.id = old.id
  RETURNING h.use_id, greatest(old.spent - old.amount, 0) AS more
)
SELECT use_id, sum(more) FROM written GROUP BY use_id HAVING sum(more) > 0 ORDER BY use_id
"""


def spend(spent: Sequence[tuple[int, list[Held], Priced, int]]) -> None:
    """Note what the calls of these jobs have used; in the transaction that ends them."""
    rows = [
        (job_id, held.use_id, (priced.amount or ZERO) if held.unit == Unit.MONEY else Decimal(used))
        for job_id, holds, priced, used in spent
        for held in holds
    ]
    if not rows:
        return
    grown = prepared.rows(_SPEND, [[row[place] for row in rows] for place in range(3)])
    with connection.cursor() as cursor:
        for use_id, more in grown:  # it cost more than was held: that is so now
            cursor.execute(
                "UPDATE ai_providers_quotause SET held = held + %s WHERE id = %s", [more, use_id]
            )
