"""In whose name a schedule makes jobs, and whether they still may."""

from __future__ import annotations

from ai_schedules.models import Schedule
from brands.models import Membership, Role
from brands.rights import Right


def may_make(schedule: Schedule) -> bool:
    """Its owner must still be one who could make the job by hand."""
    owner = schedule.created_by
    if owner is None or not owner.is_active:
        return False
    if owner.is_superuser:
        return True
    rows = Membership.objects.for_brand(schedule.brand).filter(user=owner)
    role = rows.values_list("role", flat=True).first()
    return role is not None and Role(role).right >= Right.WRITE
