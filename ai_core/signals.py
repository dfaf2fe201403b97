"""What the core announces to the apps around it.

Receivers run in the transaction of the change, each in a savepoint of its own: what they write
appears with the change or not at all, and a broken one is logged and undoes nothing. They do
database work only; anything slow belongs into `transaction.on_commit`.
"""

import logging
from typing import TYPE_CHECKING

from django.db import transaction
from django.dispatch import Signal

if TYPE_CHECKING:
    from ai_core.models import AIJob

log = logging.getLogger(__name__)

# Each is sent with `jobs`, a list: jobs that are created or end together are announced together.
job_submitted = Signal()
job_finished = Signal()
# A job that was over already has reported more usage (a cancelled call that still cost money).
job_used = Signal()
# Jobs are about to be removed for good: delete what points at them.
job_purged = Signal()
# Now and then, from a sweeper, outside any transaction: clean up, fold, catch up.
housekeeping = Signal()


def announce(signal: Signal, jobs: "list[AIJob]") -> None:
    """Tell every receiver; one that fails for the whole list is tried job by job."""
    for receiver in signal._live_receivers(sender=None)[0]:
        if not _told(receiver, signal, jobs) and len(jobs) > 1:
            for job in jobs:
                _told(receiver, signal, [job])


def _told(receiver: object, signal: Signal, jobs: "list[AIJob]") -> bool:
    try:
        with transaction.atomic():
            receiver(signal=signal, sender=None, jobs=jobs)  # type: ignore[operator]
    except Exception:
        log.exception("a receiver of a job signal failed", extra={"receiver": repr(receiver)})
        return False
    return True
