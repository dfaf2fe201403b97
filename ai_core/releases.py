"""What may be done with releases, and the status that their jobs add up to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from ai_core.errors import InvalidInput
from ai_core.models import Release
from ai_core.statuses import JobStatus
from brands.audit import trail
from brands.models import Brand

_S = JobStatus
# The first that occurs among a release's jobs is what the release is.
_ROLL_UP = (_S.RUNNING, _S.PENDING, _S.PAUSED, _S.DRAFT, _S.FAILED, _S.TIMEOUT, _S.COMPLETED)
STATUSES = ("empty", "running", "pending", "paused", "draft", "failed", "completed", "cancelled")

# A job that was retried does not count: the job that retried it does.
_TALLY = """
WITH job AS (
  SELECT id, release_id, status, progress_percentage, origin_id, origin_kind
  FROM ai_core_aijob WHERE release_id = ANY (%s::bigint[]) AND deleted_at IS NULL
)
SELECT release_id, status, count(*), sum(progress_percentage) FROM job j
WHERE NOT EXISTS (
  SELECT FROM job again WHERE again.origin_id = j.id AND again.origin_kind = 'retry'
    AND again.release_id = j.release_id)
GROUP BY release_id, status
"""


@dataclass
class RollUp:
    """What a release's jobs add up to."""

    by_status: Counter[str] = field(default_factory=Counter)
    progress: int = 0  # the sum of the jobs' own

    @property
    def jobs(self) -> int:
        return self.by_status.total()

    @property
    def status(self) -> str:
        for status in _ROLL_UP:
            if self.by_status[status]:
                return "failed" if status == _S.TIMEOUT else status.value
        return "cancelled" if self.by_status[_S.CANCELLED] else "empty"

    @property
    def progress_percentage(self) -> int:
        """The mean of the jobs that were not cancelled."""
        counted = self.jobs - self.by_status[_S.CANCELLED]
        return self.progress // counted if counted else 0


def roll_up(releases: Iterable[int]) -> dict[int, RollUp]:
    """Add up the jobs of these releases: one query for any number of them."""
    found = {number: RollUp() for number in releases}
    with connection.cursor() as cursor:
        cursor.execute(_TALLY, [list(found)])
        for release, status, jobs, progress in cursor.fetchall():
            found[release].by_status[status] += jobs
            if status != _S.CANCELLED:
                found[release].progress += progress
    return found


def create(*, brand: Brand, user: User | None, name: str, description: str = "") -> Release:
    release = Release(brand=brand, created_by=user, name=name, description=description)
    with transaction.atomic():
        _save(release)
        trail.record("release.created", on=release)
    return release


def change(release: Release, **wanted: Any) -> Release:
    before = {column: getattr(release, column) for column in wanted}
    for column, value in wanted.items():
        setattr(release, column, value)
    with transaction.atomic():
        _save(release)
        if changes := trail.differences(before, wanted):
            trail.record("release.changed", on=release, changes=changes)
    return release


@transaction.atomic
def delete(release: Release) -> None:
    """Take a release away; its jobs stay, without a release."""
    trail.record("release.removed", on=release)
    release.delete()


def _save(release: Release) -> None:
    try:
        with transaction.atomic():
            release.save()
    except IntegrityError:
        raise InvalidInput(
            _("There is a release with this name already."),
            errors={"name": [_("There is a release with this name already.")]},
        ) from None
