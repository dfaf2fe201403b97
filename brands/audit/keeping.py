"""How long the hub keeps its trail: for ever, unless MEGAHUB_AUDIT_KEEP_DAYS says otherwise.

Entries go a whole day at a time, and that they went is an entry of its own. Only the owner of the
table may forget: where the hub works as another role, `manage.py retention` does it, run as owner.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from brands.audit import trail
from brands.audit.models import AuditEntry

MOST_COUNTED = 1_000_000
_MAY = (
    "SELECT has_function_privilege('brands_audit_forget(timestamptz,bigint,bigint,int)', 'EXECUTE')"
)


@dataclass(frozen=True)
class Plan:
    """What would go now."""

    older_than: datetime
    entries: int
    first: datetime | None


def horizon(now: datetime | None = None) -> datetime | None:
    """Before which moment entries go; None: they stay for ever."""
    if not settings.AUDIT_KEEP_DAYS:
        return None
    midnight = (now or datetime.now(UTC)).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=settings.AUDIT_KEEP_DAYS)


def plan() -> Plan | None:
    end = horizon()
    if end is None:
        return None
    old = AuditEntry.objects.filter(at__lt=end).order_by("at")
    return Plan(end, old[:MOST_COUNTED].count(), old.values_list("at", flat=True).first())


def may_forget() -> bool:
    """Does the database let this role do it?"""
    with connection.cursor() as cursor:
        cursor.execute(_MAY)
        return bool(cursor.fetchone()[0])


def step() -> bool:
    """Forget one piece of what is too old; return whether there may be more."""
    end = horizon()
    if end is None or not AuditEntry.objects.filter(at__lt=end).exists() or not may_forget():
        return False
    with transaction.atomic():
        gone = trail.forget(older_than=end)
        if gone:
            facts = {"entries": gone, "older_than": end.isoformat()}
            trail.record("audit.forgotten", changes=facts)
    return gone == trail.PIECE


def duty() -> bool:
    """What every sweeper does; what is old can wait, so never at once again."""
    step()
    return False
