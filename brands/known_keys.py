"""Remembers for a moment whom an API key opens for, and proves many of them again at once.

For callers that come back a thousand times a second: the first look goes to the database as every
other, the next ones for `SECONDS` do not; what is written for them is written only for keys that
`still_open` finds unchanged in that same transaction.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable

import orjson
from django.contrib.auth import get_user_model

from brands import prepared
from brands.access import Access
from brands.asking import access_by_key
from brands.prepared import Statement

SECONDS = 5.0
MOST = 1_000

_known: dict[bytes, tuple[float, Access]] = {}


def remembered(token: str, *, named: str | None) -> Access | None:
    """Return who it was a moment ago, or None: then ask `look`."""
    found = _known.get(_place(token, named))
    if found is None or found[0] < time.monotonic():
        return None
    return found[1]


def look(token: str, *, named: str | None) -> Access:
    """Ask the database, as for any other call; raises what stands against the key."""
    access = access_by_key(token, named=named)
    if len(_known) >= MOST:
        _known.clear()
    _known[_place(token, named)] = time.monotonic() + SECONDS, access
    return access


def forget(token: str, *, named: str | None) -> None:
    _known.pop(_place(token, named), None)


def _place(token: str, named: str | None) -> bytes:
    """Tokens themselves are kept nowhere."""
    return hashlib.sha256(f"{token}\0{named}".encode()).digest()


_STILL_OPEN = f"""
SELECT k.id, k."right", m.role, u.is_superuser
FROM brands_apikey k
JOIN {get_user_model()._meta.db_table} u ON u.id = k.user_id AND u.is_active
JOIN brands_brand b ON b.id = k.brand_id AND b.is_active
LEFT JOIN brands_membership m ON m.brand_id = k.brand_id AND m.user_id = k.user_id
WHERE k.id = ANY (%s::bigint[]) AND k.revoked_at IS NULL
  AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp())
  AND (m.id IS NOT NULL OR u.is_superuser)
"""  # noqa: S608


def still_open(callers: Iterable[Access]) -> set[int]:
    """Return the keys among these that reach exactly as far as they did."""
    keys = {access.key.pk: access.key for access in callers if access.key is not None}
    rows = prepared.rows(_STILL_OPEN, [list(keys)])
    return {
        pk
        for pk, right, role, is_superuser in rows
        if (right, role, is_superuser)
        == (keys[pk].right, keys[pk].role, keys[pk].user.is_superuser)  # type: ignore[attr-defined]
    }


_PROOF = f"""
SELECT hub_must(count(*) = $2::int, 'an API key has changed')
FROM json_to_recordset($1::json) AS x(id bigint, "right" int, role text, is_superuser boolean)
JOIN brands_apikey k ON k.id = x.id AND k."right" = x."right" AND k.revoked_at IS NULL
  AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp())
JOIN {get_user_model()._meta.db_table} u ON u.id = k.user_id AND u.is_active
  AND u.is_superuser = x.is_superuser
JOIN brands_brand b ON b.id = k.brand_id AND b.is_active
LEFT JOIN brands_membership m ON m.brand_id = k.brand_id AND m.user_id = k.user_id
WHERE m.role IS NOT DISTINCT FROM x.role AND (m.id IS NOT NULL OR u.is_superuser)
"""  # noqa: S608


def proof(callers: Iterable[Access]) -> Statement:
    """Insist that each of these keys reaches exactly as far as it did; else all is undone."""
    keys = {access.key.id: access.key for access in callers if access.key is not None}
    said = [
        {
            "id": key.id,
            "right": key.right,
            "role": key.role,  # type: ignore[attr-defined]
            "is_superuser": key.user.is_superuser,
        }
        for key in keys.values()
    ]
    return Statement(_PROOF, (orjson.dumps(said), str(len(said))))
