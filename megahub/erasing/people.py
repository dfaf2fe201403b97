"""Takes a person's name out of the hub: the row stays, so that sums and events keep their owner."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from ai_core.models import AIJob, OvhKey, SavedView
from ai_core.signals import person_erased
from ai_core.statuses import OPEN
from brands.audit import trail
from brands.models import ApiKey, Membership, Reader

SHORT = 4  # a name shorter than this is also a syllable of other words


def jobs_of(user: Any) -> list[int]:
    return list(AIJob.objects.filter(created_by=user).values_list("pk", flat=True))


def open_jobs_of(user: Any) -> list[str]:
    found = AIJob.objects.filter(created_by=user, status__in=OPEN)
    return list(found.values_list("job_id", flat=True))


def names_of(user: Any) -> list[str]:
    """What names this person, to look for afterwards."""
    words = [user.username, user.email, user.get_full_name(), user.first_name, user.last_name]
    return sorted({word for word in words if len(word) >= SHORT})


def forget(user: Any) -> None:
    with transaction.atomic():
        names = names_of(user)
        for model in (ApiKey, Membership, OvhKey):
            model._default_manager.filter(user=user).delete()
        SavedView._default_manager.filter(owner=user).delete()
        Reader._default_manager.filter(user=user).delete()
        _forget_in_admins_log(user, names)
        _end_sessions(user)
        person_erased.send(sender=None, user=user)
        user.username = f"erased-{user.pk}"
        user.email = user.first_name = user.last_name = ""
        user.is_active = user.is_staff = user.is_superuser = False
        user.last_login = None
        user.set_unusable_password()
        user.save()
        while trail.erase_person(user.pk, until=timezone.now() + timedelta(minutes=1)):
            pass


def _forget_in_admins_log(user: Any, names: list[str]) -> None:
    kind = ContentType.objects.get_for_model(type(user))
    LogEntry.objects.filter(content_type=kind, object_id=str(user.pk)).update(
        object_repr=f"erased-{user.pk}", change_message=""
    )
    for name in names:
        LogEntry.objects.filter(object_repr__icontains=name).update(object_repr="erased")


def _end_sessions(user: Any) -> None:
    for session in Session.objects.iterator():
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()
