"""What a failure means to whoever looks at it: why, charged or not, what to press (BEY-04)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ai_core import rows
from ai_core.budgets import budgets_of
from ai_core.models import AIJob
from ai_core.pages import words
from ai_core.pages.differences import Cells, changes
from ai_core.statuses import WORTH_RETRYING, FailureClass, JobStatus

_C = FailureClass
ADVICE = {
    _C.INPUT: gettext_lazy("The input has to change: edit it and run the job again."),
    _C.PROVIDER_LIMIT: gettext_lazy("The provider was busy. The same job may well succeed now."),
    _C.PROVIDER_QUOTA: gettext_lazy(
        "The provider's quota is used up. Wait for its reset, or ask for more."
    ),
    _C.PROVIDER_REFUSED: gettext_lazy(
        "The provider refused this request. Change the input or the model."
    ),
    _C.PROVIDER_DOWN: gettext_lazy("The provider did not answer. Try again in a while."),
    _C.QUOTA: gettext_lazy(
        "The quota of your brand is used up. Wait for its reset, or ask a manager."
    ),
    _C.WORKER_LOST: gettext_lazy(
        "The machine that ran it went away. The job itself may be fine: retry it."
    ),
    _C.STALLED: gettext_lazy(
        "It gave no sign of life for too long. Retry it, and look at its log."
    ),
    _C.TIMEOUT: gettext_lazy(
        "It took longer than it may. Retry it, or run it with a smaller input."
    ),
    _C.BUDGET: gettext_lazy(
        "It would have gone over its budget. Raise the budget or make it smaller."
    ),
    _C.BUG: gettext_lazy("The job's code failed. Show the log to whoever looks after it."),
}  # fmt: skip
MOST_CHANGES = 20
EDIT_FIRST = frozenset({_C.INPUT, _C.PROVIDER_REFUSED, _C.BUDGET})
WAIT_FIRST = frozenset({_C.QUOTA, _C.PROVIDER_QUOTA})


@dataclass(frozen=True)
class FailureView:
    title: str
    message: str
    advice: str
    code: str
    charged: str
    next: str  # edit, wait or retry
    resets_at: datetime | None  # when waiting is over, where that is known
    changes: Changes | None
    worth_retrying: bool


def failure_of(row: dict[str, Any], job: AIJob) -> FailureView | None:
    if job.status not in (JobStatus.FAILED, JobStatus.TIMEOUT):
        return None
    known = row["failure_class"] in FailureClass.values and row["failure_class"]
    kind = FailureClass(known) if known else _C.BUG
    if job.status == JobStatus.TIMEOUT:
        kind = _C.TIMEOUT if kind == _C.BUG else kind
    return FailureView(
        title=str(kind.label),
        message=row["error_message"],
        advice=str(ADVICE.get(kind, "")),
        code=row["error_code"],
        charged=_charged(row),
        next="edit" if kind in EDIT_FIRST else "wait" if kind in WAIT_FIRST else "retry",
        resets_at=_reset(job) if kind == _C.QUOTA else None,
        changes=changed_since_success(job),
        worth_retrying=kind in WORTH_RETRYING,
    )


def _reset(job: AIJob) -> datetime | None:
    """When the limit that is nearest to its end begins anew; others may reset later."""
    hard = [one for one in budgets_of(job.brand) if one.is_hard]
    return hard[0].resets_at if hard else None


def _charged(row: dict[str, Any]) -> str:
    if "cost" not in row:
        return _("Jobs of this kind cost nothing.")
    if row["cost"] is None and not row.get("usage"):
        return _("Nothing was charged.")
    if row["cost"] is None:
        return _("It is not known whether it was charged.")
    if float(row["cost"]) == 0:
        return _("Nothing was charged.")
    return _("%(amount)s was charged.") % {"amount": words.money(row["cost"])}


@dataclass(frozen=True)
class Changes:
    """What differs from an earlier job."""

    job_id: str
    lines: list[Cells]


def changed_since_success(job: AIJob) -> Changes | None:
    """What differs from the last job of this type that went well (BEY-05)."""
    before = (
        AIJob.objects.filter(
            brand_id=job.brand_id, job_type_id=job.job_type_id, status=JobStatus.COMPLETED,
            deleted_at__isnull=True, id__lt=job.pk,
        )
        .order_by("-created_at", "-id")
        .values_list("pk", flat=True)
        .first()
    )  # fmt: skip
    if before is None:
        return None
    old, new = (row.as_dict() for row in rows.details([before, job.pk]))
    return Changes(old["job_id"], changes(old, new)[:MOST_CHANGES])
