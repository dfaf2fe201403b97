"""OVH application keys: how one is made, found, opened and closed."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography.fernet import InvalidToken
from django.db import transaction
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from ai_core.models import OvhKey
from brands.audit import trail
from brands.models import Brand, Membership
from brands.rights import Right
from brands.sealing import CannotOpen, Secret, fernet

_NOTE_USE_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class NewOvhKey:
    """A key just made: the only moment at which all of it is known."""

    key: OvhKey
    application_secret: str
    consumer_key: str


def issue(
    *,
    user: Any,
    brand: Brand,
    name: str,
    right: Right = Right.WRITE,
    expires_at: datetime | None = None,
) -> NewOvhKey:
    application_key, secret, consumer = (secrets.token_hex(n) for n in (8, 16, 16))
    envelope = {"brand": brand.pk, "application_key": application_key, "secret": secret}
    with transaction.atomic():
        key = OvhKey.objects.create(
            user=user,
            brand=brand,
            name=name,
            right=right,
            expires_at=expires_at,
            application_key=application_key,
            sealed_secret=fernet().encrypt(json.dumps(envelope).encode()).decode(),
            consumer_digest=_digest(consumer),
        )
        until = expires_at.isoformat() if expires_at else "never"
        facts = {"right": Right(right).name.lower(), "ends": until, "for": user.get_username()}
        trail.record("ovh_key.created", on=key, changes=facts)
    return NewOvhKey(key=key, application_secret=secret, consumer_key=consumer)


def find(application_key: str) -> OvhKey | None:
    """Return the key with its user, brand and `role`; one query."""
    role = Membership.objects.filter(brand=OuterRef("brand"), user=OuterRef("user"))
    return (
        OvhKey.objects.select_related("user", "brand")
        .annotate(role=Subquery(role.values("role")[:1]))
        .filter(application_key=application_key)
        .first()
    )


def has_consumer(key: OvhKey, consumer_key: str) -> bool:
    return secrets.compare_digest(_digest(consumer_key), key.consumer_digest)


def open_secret(key: OvhKey) -> Secret:
    try:
        envelope = json.loads(fernet().decrypt(key.sealed_secret.encode()))
    except InvalidToken:
        raise CannotOpen(
            f"The secret of the OVH key {key.application_key} cannot be opened with "
            "MEGAHUB_CREDENTIAL_KEYS: give the old key there too, or make a new OVH key."
        ) from None
    if (envelope["brand"], envelope["application_key"]) != (key.brand_id, key.application_key):
        raise CannotOpen(f"The secret of {key.application_key} was sealed for another key.")
    return Secret(envelope["secret"])


def rotate(key: OvhKey) -> None:
    """Seal the secret anew under the newest key."""
    after = fernet().rotate(key.sealed_secret.encode()).decode()
    OvhKey.objects.filter(pk=key.pk, sealed_secret=key.sealed_secret).update(sealed_secret=after)


def note_use(key: OvhKey) -> None:
    """Remember that the key was used, at most once a minute."""
    now = timezone.now()
    if key.last_used_at is None or now - key.last_used_at >= _NOTE_USE_EVERY:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - _NOTE_USE_EVERY)
        OvhKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)


def revoke(key: OvhKey) -> bool:
    """Close the key for good; False when it was closed before."""
    still_open = OvhKey.objects.filter(pk=key.pk, revoked_at__isnull=True)
    with transaction.atomic():
        done = still_open.update(revoked_at=timezone.now()) == 1
        if done:
            trail.record("ovh_key.revoked", on=key)
    return done


def _digest(consumer_key: str) -> str:
    return hashlib.sha256(consumer_key.encode()).hexdigest()
