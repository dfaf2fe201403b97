"""Whether jobs of a type can be done: by this process, or by a worker that says that it can.

An extra need only be installed where workers run; pages and the API hear of it from them.
"""

from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext as _

from ai_core.execution import registry
from ai_core.models import AIJobType, ServiceHeartbeat

SEEN_WITHIN = timedelta(seconds=30)


def why_not(kind: AIJobType) -> str:
    """Empty: somebody here can do it."""
    executor = registry.executor_named(kind.executor)
    if executor is None:
        return _("Its executor is not installed.")
    why = executor.unavailable()
    return str(why) if why and not _is_served(kind.name) else ""


def _is_served(name: str) -> bool:
    """Whether a worker that is alive takes jobs of this type."""
    return ServiceHeartbeat.objects.filter(
        kind="worker",
        seen_at__gt=datetime.now(UTC) - SEEN_WITHIN,
        facts__types__contains=[name],
    ).exists()
