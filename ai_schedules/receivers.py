"""What happens to ticks when jobs are purged, and now and then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from ai_core.models import AIJob
from ai_schedules import ticking
from ai_schedules.models import Tick

KEPT = timedelta(days=90)


def forget(*, jobs: Sequence[AIJob], **_: Any) -> None:
    Tick.objects.filter(job__in=[job.pk for job in jobs]).update(job=None)


def keep_house(**_: Any) -> None:
    ticking.forget_old(KEPT)
