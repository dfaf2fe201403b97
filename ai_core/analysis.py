"""What can be said about a job before anything is spent: is it valid, its cost, time and start."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from ai_core import inputs
from ai_core.execution import reach, registry
from ai_core.execution.protocol import Analysis, Draft, Executor, Way
from ai_core.models import AIJob
from ai_core.pricing import CURRENCY
from ai_core.sections import money
from ai_core.statuses import JobStatus
from ai_core.waiting import Line, Pace, Waiting, paces_of, waiting_card
from brands.errors import DomainError

log = logging.getLogger(__name__)

REFUSES, DELAYS = "refuses", "delays"
# Why a job waits, and what is more than other jobs being in front of it.
_DELAYING = frozenset({"brand", "queue_paused", "no_worker"})


@dataclass(frozen=True)
class Blocker:
    """What stands in a job's way: it refuses the job, or only delays it."""

    effect: str
    code: str
    detail: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Outlook:
    """The whole of it; what is not known is None."""

    valid: bool
    errors: dict[str, list[str]]
    warnings: list[str]
    facts: dict[str, Any]
    cost: dict[str, Any] | None
    duration: Pace
    waiting: Waiting | None
    estimated_start: datetime | None
    estimated_start_latest: datetime | None
    blockers: list[Blocker]

    @property
    def can_submit(self) -> bool:
        return self.valid and not any(one.effect == REFUSES for one in self.blockers)

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "can_submit": self.can_submit}


def analyse(job: AIJob, *, user_id: int | None) -> Outlook:
    """Look at a job as it stands; nothing is written, reserved or charged."""
    kind = job.job_type
    input_data = job.data.input_data
    executor = registry.executor_named(kind.executor)
    errors = inputs.problems(kind.input_schema, input_data)
    draft = Draft(job_type=kind.name, input_data=input_data, brand=job.brand, user_id=user_id)
    blockers = _missing(job, executor)
    said = Analysis()
    if executor is not None and not errors:
        said = _asked(executor, draft)
        blockers += _refusals(executor, draft)
    errors = _joined(errors, said.problems)
    card = _waiting(job)
    if card is not None and card.reason in _DELAYING:
        blockers.append(Blocker(DELAYS, card.reason.upper(), card.waiting_because))
    pace = paces_of([kind.pk])[kind.pk]
    if said.duration_seconds is not None:
        pace = Pace(said.duration_seconds, max(said.duration_seconds, pace.long))
    return Outlook(
        valid=not errors,
        errors=errors,
        warnings=said.warnings,
        facts=said.facts,
        cost=_cost(said),
        duration=pace,
        waiting=card,
        estimated_start=card.estimated_start if card else None,
        estimated_start_latest=card.estimated_start_latest if card else None,
        blockers=blockers,
    )


def _missing(job: AIJob, executor: Executor | None) -> list[Blocker]:
    """What this hub lacks for jobs of this type."""
    found = []
    if not job.job_type.is_active:
        found.append(Blocker(REFUSES, "JOB_TYPE_CLOSED", _("This job type is switched off.")))
    if why := reach.why_not(job.job_type):
        found.append(Blocker(REFUSES, "EXECUTOR_UNAVAILABLE", why))
    elif executor is not None and executor.way == Way.EXTERNAL:
        because = _("Somebody else computes it: it starts when its runner claims it.")
        found.append(Blocker(DELAYS, "NEEDS_RUNNER", because))
    return found


def _asked(executor: Executor, draft: Draft) -> Analysis:
    """Ask the job type's own analysis; one that breaks says so and breaks nothing else."""
    try:
        with _nothing_is_kept():
            return executor.analyse(draft)
    except DomainError as error:
        return Analysis(warnings=[str(error.detail)])
    except Exception:
        log.exception("the analysis of %s broke", draft.job_type)
        return Analysis(warnings=[_("This job type's own analysis failed: nothing is known.")])


def _refusals(executor: Executor, draft: Draft) -> list[Blocker]:
    """Whether the job would be refused now: a quota, a dataset that is gone."""
    try:
        with _nothing_is_kept():
            executor.check(draft)
    except DomainError as error:
        facts = {**error.facts, **({"errors": error.errors} if error.errors else {})}
        return [Blocker(REFUSES, error.code, str(error.detail), facts)]
    return []


@contextmanager
def _nothing_is_kept() -> Iterator[None]:
    """A look: whatever it writes is rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _joined(ours: dict[str, list[str]], theirs: dict[str, list[str]]) -> dict[str, list[str]]:
    return {path: [*ours.get(path, []), *theirs.get(path, [])] for path in {**ours, **theirs}}


def _cost(said: Analysis) -> dict[str, Any] | None:
    """A range, or None where the price is not known: an unknown price is no zero."""
    if said.cost_low is None and said.cost_high is None:
        return None
    return {
        "low": _money(said.cost_low),
        "high": _money(said.cost_high),
        "currency": said.currency or CURRENCY,
    }


def _money(amount: str | None) -> str | None:
    """An executor may say «0»; the hub always says six places."""
    return None if amount is None else money(Decimal(amount))


def _waiting(job: AIJob) -> Waiting | None:
    """Say how a job waits; a draft as if it were submitted now."""
    if job.status != JobStatus.DRAFT:
        return waiting_card(job)
    line = Line(job.queue)
    place = min(_ahead(job), len(line.places))
    behind = [(pk, brand, kind, at + 1, own) for pk, brand, kind, at, own in line.places[place:]]
    mine = 1 + sum(1 for one in line.places[:place] if one[1] == job.brand_id)
    line.places = [
        *line.places[:place],
        (job.pk, job.brand_id, job.job_type_id, place + 1, mine),
        *behind,
    ]
    card = line.card(job)
    if job.run_after is None or job.run_after <= timezone.now():
        return card
    first = max(job.run_after, card.estimated_start or job.run_after)
    last = max(first, card.estimated_start_latest or first)
    return replace(card, estimated_start=first, estimated_start_latest=last)


def _ahead(job: AIJob) -> int:
    """How many jobs wait that a new one of this priority comes after, at most."""
    waiting = AIJob.objects.filter(
        queue=job.queue_id, due=True, lease_token=None, status__in=["pending", "running"]
    )
    before = Q(priority__gte=job.priority) | Q(queue_rank__lt=0)
    return waiting.filter(before).order_by().values("pk")[:2_001].count()
