"""Keeps brands within their monthly limits: reserve before a call, settle when the job is over.

Every figure lives in rows. `held` of a month is the sum of its open holds, `used` that of its
settled ones, and one conditional UPDATE lets a hold in: `used + held ≤ limit`. Locks are always
taken in the same order: the job's holds, then the months by number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q

from ai_core.errors import LeaseLost
from ai_core.models import AIJob
from ai_core.pricing import CURRENCY
from ai_core.statuses import FINAL
from ai_providers import periods, thresholds
from ai_providers.models import Provider, ProviderQuota, QuotaHold, QuotaUse
from ai_providers.models.calls import CallStatus
from ai_providers.models.quotas import Mode, Unit
from ai_providers.refusals import PriceUnknown, QuotaExceeded
from brands.models import Brand

ZERO = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class Need:
    """What a call may use at most, or what it has used: money is None where it is unknown."""

    money: Decimal | None
    tokens: int

    def of(self, unit: str) -> Decimal | None:
        return self.money if unit == Unit.MONEY else Decimal(self.tokens)


def applying(brand: Brand, provider: Provider | None) -> list[ProviderQuota]:
    """Return the active limits for a provider of this brand: its own, and those of all."""
    own = Q(provider=None) if provider is None else Q(provider=None) | Q(provider=provider)
    return list(
        ProviderQuota.objects.filter(own, brand=brand, is_active=True)
        .select_related("provider", "brand")
        .order_by("id")
    )


# ---------------------------------------------------------------------- before a call
@transaction.atomic
def reserve(quotas: Sequence[ProviderQuota], *, job: AIJob, brand: Brand, need: Need) -> list[str]:
    """Hold what the call may need in each of these limits, or raise; return warnings.

    What earlier calls of the job have spent stays held with it, and what it held elsewhere for a
    call that brought nothing is given back.
    """
    month = periods.month_of(brand)
    holds = _holds(quotas, job=job, month=month)
    wanted = {hold.use.quota_id: _amount(hold.use.quota, need) for hold in holds.values()}
    warnings: list[str] = []
    for hold in sorted(holds.values(), key=lambda one: one.use_id):
        target = hold.spent + wanted[hold.use.quota_id]
        if not _moved(hold, target - hold.amount):
            if hold.use.quota.mode == Mode.HARD:
                raise exceeded(hold.use.quota, month=month, need=target - hold.amount)
            _move(hold, target - hold.amount)
            warnings.append(str(exceeded(hold.use.quota, month=month)))
        QuotaHold.objects.filter(pk=hold.pk).update(amount=target)
    _shrink_others(job, keep=[hold.pk for hold in holds.values()])
    return warnings


def _amount(quota: ProviderQuota, need: Need) -> Decimal:
    amount = need.of(quota.unit)
    if amount is not None:
        return amount
    if quota.mode == Mode.HARD:
        raise PriceUnknown(
            "The price of this model is unknown, and the brand has a hard limit in money: "
            "an admin can write the price down (Prices), or make the limit soft."
        )
    return ZERO


def _holds(quotas: Sequence[ProviderQuota], *, job: AIJob, month: date) -> dict[int, QuotaHold]:
    """Lock the job's hold in each limit's month, making what is missing; by quota."""
    uses = [_use(quota, month) for quota in quotas]
    QuotaHold.objects.bulk_create(
        [QuotaHold(use=use, job=job) for use in uses], ignore_conflicts=True
    )
    rows = (
        QuotaHold.objects.filter(job=job, state=QuotaHold.State.HELD, use__in=uses)
        .select_related("use__quota__brand", "use__quota__provider")
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    found = {hold.use.quota_id: hold for hold in rows}
    if len(found) < len(quotas):  # its holds are settled
        raise LeaseLost(f"{job.job_id} is over: nothing more is held for it")
    return found


def _use(quota: ProviderQuota, month: date) -> QuotaUse:
    use = QuotaUse.objects.filter(quota=quota, period_start=month).first()
    if use is None:
        QuotaUse.objects.bulk_create(
            [QuotaUse(quota=quota, period_start=month)], ignore_conflicts=True
        )
        use = QuotaUse.objects.get(quota=quota, period_start=month)
    return use


def _moved(hold: QuotaHold, difference: Decimal) -> bool:
    """The one gate: a hold grows only if it still fits, as the row says at that moment."""
    if difference <= 0:
        _move(hold, difference)
        return True
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE ai_providers_quotause u SET held = u.held + %s
               FROM ai_providers_providerquota q
               WHERE u.id = %s AND q.id = u.quota_id AND u.used + u.held + %s <= q."limit" """,
            [difference, hold.use_id, difference],
        )
        return cursor.rowcount == 1


def _move(hold: QuotaHold, difference: Decimal) -> None:
    if difference:
        QuotaUse.objects.filter(pk=hold.use_id).update(held=F("held") + difference)


def give_back(job: AIJob) -> None:
    """After a call: hold only what is spent, unless another call of the job still runs."""
    if not job.provider_calls.filter(status=CallStatus.RUNNING).exists():
        _shrink_others(job, keep=())


def _shrink_others(job: AIJob, *, keep: Sequence[int]) -> None:
    """Give back what the job holds for providers that it has left."""
    others = (
        QuotaHold.objects.filter(job=job, state=QuotaHold.State.HELD, amount__gt=F("spent"))
        .exclude(pk__in=keep)
        .order_by("pk")
        .select_for_update()
    )
    for hold in others:
        _move(hold, hold.spent - hold.amount)
        QuotaHold.objects.filter(pk=hold.pk).update(amount=hold.spent)


# ---------------------------------------------------------------------- after a call
def lock(job_id: int) -> None:
    """Take the job's holds before anything that decides whether they may be settled."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [[job_id]])


def spend(*, job_id: int, provider: Provider | None, need: Need) -> None:
    """Note on the job's holds what a call has used; call it in the transaction that ends it."""
    own = Q(use__quota__provider=None)
    if provider is not None:
        own |= Q(use__quota__provider=provider)
    # The newest month only: a call belongs to the month in which it began.
    holds = (
        QuotaHold.objects.filter(own, job=job_id, state=QuotaHold.State.HELD)
        .select_related("use__quota")
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    newest: dict[int, QuotaHold] = {}
    for hold in holds:
        other = newest.get(hold.use.quota_id)
        if other is None or other.use.period_start < hold.use.period_start:
            newest[hold.use.quota_id] = hold
    for hold in newest.values():
        spent = need.of(hold.use.quota.unit) or ZERO
        if spent:
            target = max(hold.amount, hold.spent + spent)
            _move(hold, target - hold.amount)  # it cost more than was held: that is so now
            QuotaHold.objects.filter(pk=hold.pk).update(spent=F("spent") + spent, amount=target)


_LOCK = """
SELECT id FROM ai_providers_quotahold WHERE job_id = ANY (%s) AND state = 'held'
ORDER BY id FOR UPDATE
"""
_FREE = """
SELECT h.id, h.use_id, h.amount, h.spent FROM ai_providers_quotahold h
WHERE h.job_id = ANY (%s) AND h.state = 'held' AND NOT EXISTS (
  SELECT FROM ai_providers_providercall c WHERE c.job_id = h.job_id AND c.status = 'running')
"""


def settle(job_ids: Sequence[int]) -> None:
    """Turn the holds of jobs that are over into what was used; in their own transaction.

    A job that was stopped in the middle of a call keeps its hold until that call has said what it
    used (`calls.end`), or is given up (`give_up_lost_calls`).
    """
    with connection.cursor() as cursor:
        # Two statements: the second must see what was committed while the first waited.
        cursor.execute(_LOCK, [list(job_ids)])
        if not cursor.rowcount:
            return
        cursor.execute(_FREE, [list(job_ids)])
        free = cursor.fetchall()
        sums: dict[int, list[Decimal]] = {}
        for _id, use_id, amount, spent in free:
            one = sums.setdefault(use_id, [ZERO, ZERO])
            one[0] += amount
            one[1] += spent
        for use_id, (amount, spent) in sorted(sums.items()):
            cursor.execute(
                """UPDATE ai_providers_quotause SET held = held - %s, used = used + %s
                   WHERE id = %s""",
                [amount, spent, use_id],
            )
        cursor.execute(
            """UPDATE ai_providers_quotahold
               SET state = 'settled', amount = spent, settled_at = clock_timestamp()
               WHERE id = ANY (%s)""",
            [[row[0] for row in free]],
        )
    thresholds.note([use_id for use_id, (_held, spent) in sums.items() if spent])


def settle_if_over(job_id: int) -> None:
    """After a late call: the job may have ended while the call was still being stopped."""
    status = AIJob.objects.filter(pk=job_id).values_list("status", flat=True).first()
    if status in FINAL:
        settle([job_id])


def settle_leftovers() -> None:
    """For the sweeper: holds of jobs that are over, and that nobody has settled."""
    left = QuotaHold.objects.filter(state=QuotaHold.State.HELD, job__status__in=FINAL)
    ids = sorted(set(left.values_list("job_id", flat=True)[:500]))
    if ids:
        with transaction.atomic():
            settle(ids)


# ---------------------------------------------------------------------- saying it
def exceeded(quota: ProviderQuota, *, month: date, need: Decimal | None = None) -> QuotaExceeded:
    """Name the limit that has no room, with the figures of the row that decided."""
    use = QuotaUse.objects.filter(quota=quota, period_start=month).first()
    used, held = (use.used, use.held) if use else (ZERO, ZERO)
    left = max(quota.limit - used - held, ZERO)
    unit = CURRENCY if quota.unit == Unit.MONEY else "tokens"
    facts: dict[str, Any] = {"needed": written(quota, need)} if need is not None else {}
    return QuotaExceeded(
        scope=quota.provider.name if quota.provider else "all providers",
        brand=quota.brand.name,
        period="month",
        period_start=month.isoformat(),
        unit=unit,
        limit=written(quota, quota.limit),
        used=written(quota, used),
        held=written(quota, held),
        remaining_quota=written(quota, left),
        resets_at=periods.resets_at(quota.brand, month),
        **facts,
    )


def written(quota: ProviderQuota, amount: Decimal) -> str | int:
    return f"{amount:.6f}" if quota.unit == Unit.MONEY else int(amount)


def foresee(brand: Brand, provider: Provider | None, need: Need) -> None:
    """Refuse what has no chance just now, without holding anything."""
    month = periods.month_of(brand)
    for quota in applying(brand, provider):
        if quota.mode != Mode.HARD:
            continue
        use = QuotaUse.objects.filter(quota=quota, period_start=month).first()
        taken = use.used + use.held if use else ZERO
        amount = _amount(quota, need)
        if taken + amount > quota.limit:
            raise exceeded(quota, month=month, need=amount)
