"""What there is to be told of: the kinds that people and webhooks choose from."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ai_core import brand_notices

Words = str | Promise

JOB_KINDS: dict[str, Words] = {
    "job.started": _("A job has started"),
    "job.completed": _("A job is done"),
    "job.failed": _("A job has failed"),
    "job.timeout": _("A job took too long and was stopped"),
    "job.cancelled": _("A job was cancelled"),
    "job.paused": _("A job is paused"),
    "job.queue_position": _("A job that waits is near the front of its queue"),
    "job.cost_warning": _("A job has reached its cost limit"),
    "job.stalled": _("A job reports nothing any more"),
    "job.warning": _("A job shows another cause for concern"),
}
TEST = "webhook.test"

BY_STATUS = {
    "running": "job.started",
    "completed": "job.completed",
    "failed": "job.failed",
    "timeout": "job.timeout",
    "cancelled": "job.cancelled",
    "paused": "job.paused",
}
# What a guard rail of a job is about; every other one is a plain warning.
BY_GUARD_RAIL = {"max_cost": "job.cost_warning", "stalled": "job.stalled"}
WARNINGS = frozenset({"job.cost_warning", "job.stalled", "job.warning"})
TROUBLE = frozenset({"job.failed", "job.timeout"}) | WARNINGS
FINAL_KINDS = frozenset({"job.completed", "job.failed", "job.timeout", "job.cancelled"})


def of_notice(kind: str) -> str:
    """`quota_threshold`, as the brand's notices call it, is told as `quota.threshold`."""
    return kind.replace("_", ".", 1)


def brand_kinds() -> Mapping[str, Words]:
    return {of_notice(kind): title for kind, title in brand_notices.kinds().items()}


def titles() -> dict[str, Words]:
    return {**JOB_KINDS, **brand_kinds()}


def usual_for_mail() -> list[str]:
    """Who has chosen nothing hears by e-mail of trouble, and managers of the brand's notices."""
    return sorted(TROUBLE | brand_kinds().keys())
