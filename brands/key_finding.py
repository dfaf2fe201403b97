"""Recognises the API key that a program sends, and notes that it was used."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import timedelta

from django.contrib.auth import get_user_model
from django.db import connection
from django.utils import timezone

from brands import prepared
from brands.models import ApiKey, Brand

_TOKEN = re.compile(r"mh_([a-z0-9]{10})_([A-Za-z0-9_-]{43})", re.ASCII)
_NOTE_USE_EVERY = timedelta(minutes=1)
_NOBODY = hashlib.sha256(secrets.token_bytes(32)).hexdigest()


def digest(secret: str) -> str:
    """Hash a secret; it has 256 random bits, so a slow hash would protect nothing more."""
    return hashlib.sha256(secret.encode()).hexdigest()


def find(token: str) -> ApiKey | None:
    """Return the key that this token opens, with user, brand and role; one query, or none."""
    match = _TOKEN.fullmatch(token)
    if match is None:
        return None
    prefix, secret = match.groups()
    key = _with_prefix(prefix)
    # An unknown prefix costs the same comparison as a wrong secret.
    expected = key.digest if key else _NOBODY
    return key if hmac.compare_digest(digest(secret), expected) and key else None


_KEY, _USER, _BRAND = (
    [field.attname for field in model._meta.concrete_fields]
    for model in (ApiKey, get_user_model(), Brand)
)
_FIND = """
SELECT {key}, {user}, {brand}, m.role
FROM brands_apikey k
JOIN {users} u ON u.id = k.user_id
JOIN brands_brand b ON b.id = k.brand_id
LEFT JOIN brands_membership m ON m.brand_id = k.brand_id AND m.user_id = k.user_id
WHERE k.prefix = %s
""".format(
    key=", ".join(f'k."{name}"' for name in _KEY),
    user=", ".join(f'u."{name}"' for name in _USER),
    brand=", ".join(f'b."{name}"' for name in _BRAND),
    users=get_user_model()._meta.db_table,
)


def _with_prefix(prefix: str) -> ApiKey | None:
    """Read key, user, brand and role at once: every call of a program begins with this."""
    for row in prepared.first(_FIND, [prefix]):
        at_user, at_brand = len(_KEY), len(_KEY) + len(_USER)
        key = ApiKey.from_db("default", _KEY, row[:at_user])
        key.user = get_user_model().from_db("default", _USER, row[at_user:at_brand])
        key.brand = Brand.from_db("default", _BRAND, row[at_brand:-1])
        key.role = row[-1]  # type: ignore[attr-defined]
        return key
    return None


def note_use(key: ApiKey) -> None:
    """Remember that the key was used: at most once a minute, and never waiting for a lock."""
    now = timezone.now()
    if key.last_used_at and now - key.last_used_at < _NOTE_USE_EVERY:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE brands_apikey SET last_used_at = %s WHERE id = ("
            " SELECT id FROM brands_apikey WHERE id = %s"
            " AND (last_used_at IS NULL OR last_used_at < %s) FOR UPDATE SKIP LOCKED)",
            [now, key.pk, now - _NOTE_USE_EVERY],
        )
