"""Who gets in: superusers, managers, keys that are about to expire."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.contrib.auth import get_user_model
from django.utils import timezone

from brands.audit import keeping
from brands.findings import Finding, fine, odd
from brands.models import ApiKey, Brand, Membership, Role

SOON = timedelta(days=14)
AT_MOST_NAMED = 5


def people() -> Iterator[Finding]:
    superusers = get_user_model().objects.filter(is_superuser=True, is_active=True).count()
    if superusers:
        yield fine("people", f"active superusers: {superusers}")
    else:
        yield odd("people", "there is no active superuser", mend="run `manage.py createsuperuser`")
    led = Membership.objects.filter(role=Role.MANAGER, user__is_active=True).values("brand")
    alone = Brand.objects.filter(is_active=True).exclude(pk__in=led).values_list("slug", flat=True)
    if alone:
        yield odd(
            "people",
            f"brands without a manager: {_named(list(alone))}",
            mend="give somebody the role in /settings/members/ or in the admin",
        )


def keys() -> Iterator[Finding]:
    now = timezone.now()
    valid = ApiKey.objects.filter(revoked_at=None, brand__is_active=True)
    ending = valid.filter(expires_at__range=(now, now + SOON)).select_related("brand")
    for key in ending.order_by("expires_at")[:20]:
        yield odd(
            "API keys",
            f"{key} of {key.brand.slug} expires on {key.expires_at:%Y-%m-%d}",
            mend="make a new one with `manage.py api_key create`, hand it over, revoke this one",
        )
    if not ending:
        yield fine("API keys", f"none expires within {SOON.days} days")


def trail() -> Iterator[Finding]:
    """A day is given to whoever runs `manage.py retention` once a night."""
    plan = keeping.plan()
    if plan is None:
        yield fine("audit trail", "kept for ever (MEGAHUB_AUDIT_KEEP_DAYS)")
    elif plan.first is not None and plan.first < plan.older_than - timedelta(days=1):
        yield odd(
            "audit trail",
            f"older than {plan.older_than:%Y-%m-%d}, and still there: {plan.entries} entries",
            mend="run `manage.py retention` each night as the role that owns the tables",
        )
    else:
        yield fine("audit trail", f"kept since {plan.older_than:%Y-%m-%d}")


def _named(names: list[str]) -> str:
    more = f" and {len(names) - AT_MOST_NAMED} more" if len(names) > AT_MOST_NAMED else ""
    return ", ".join(names[:AT_MOST_NAMED]) + more


CHECKUPS = [people, keys, trail]
