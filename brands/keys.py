"""API keys of programs: how one is made, shown once, and closed."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from brands.access import Access
from brands.audit import trail
from brands.key_finding import digest, find
from brands.models import ApiKey, Brand
from brands.rights import Right

__all__ = ["NewKey", "find", "issue", "revoke", "visible_to"]

_PREFIX_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"  # nothing that looks like something else


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made: the only moment at which its token is known."""

    key: ApiKey
    token: str


@transaction.atomic
def issue(
    *,
    user: Any,
    brand: Brand,
    name: str,
    right: Right = Right.WRITE,
    expires_at: datetime | None = None,
) -> NewKey:
    prefix = "".join(secrets.choice(_PREFIX_ALPHABET) for _ in range(10))
    secret = secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        user=user,
        brand=brand,
        name=name,
        right=right,
        expires_at=expires_at,
        prefix=prefix,
        digest=digest(secret),
    )
    until = expires_at.isoformat() if expires_at else "never"
    facts = {"right": Right(right).name.lower(), "ends": until, "for": user.get_username()}
    trail.record("api_key.created", on=key, changes=facts)
    return NewKey(key=key, token=f"mh_{prefix}_{secret}")


def revoke(key: ApiKey) -> bool:
    """Close the key for good; False when it was closed before."""
    open_key = ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True)
    with transaction.atomic():
        is_closed = open_key.update(revoked_at=timezone.now()) == 1
        if is_closed:
            trail.record("api_key.revoked", on=key)
    return is_closed


def visible_to(access: Access) -> QuerySet[ApiKey]:
    """One's own keys in the brand; a manager sees everyone's."""
    found = ApiKey.objects.for_brand(access.scope).select_related("user")
    return found if access.can_manage else found.filter(user=access.user.pk)
