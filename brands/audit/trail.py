"""The one way to write into the audit trail: `trail.record("member.removed", on=member)`.

Call it in the transaction of what it tells of: they appear together, or neither does.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Model

from brands.audit import circumstances
from brands.audit.circumstances import Circumstances
from brands.audit.models import AuditEntry
from brands.audit.veil import names_secret, veiled, veiled_text
from brands.models import Brand

PIECE = 10_000
_LONGEST_NAME = 200


def record(  # noqa: PLR0913 - an entry has as many sides
    action: str,
    *,
    on: Any = None,
    name: str = "",
    brand: Brand | int | None = None,
    changes: Mapping[str, Any] | None = None,
    user: Any = None,
    given: Circumstances | None = None,
) -> None:
    """Write down that the person or program of this request did `action` (`kind.verb`).

    `on` is the row it was done to, and tells the brand where none is named; `name` is what people
    call it. `changes` is `{"field": [before, after]}` or any facts; what looks like a secret is
    veiled. Whoever acts outside a request (a worker, a command) may be named by `user`.
    """
    now = given or circumstances.current()
    who = user if user is not None else now.access.user
    kind = action.partition(".")[0]
    number = "" if on is None else str(getattr(on, "pk", on) or "")[:64]
    key = now.access.key
    AuditEntry(
        brand_id=_brand_id(brand, on, now),
        user_id=who.pk if who is not None else None,
        username=(who.get_username() if who is not None and who.pk else "")[:150],
        key_prefix=key.prefix[:10] if key else "",
        door=now.door,
        address=now.address,
        request_id=now.request_id,
        kind=kind,
        action=action,
        object_id=number,
        object_name=veiled_text(name or _name_of(on))[:_LONGEST_NAME],
        changes=veiled(dict(changes or {})),
    ).save()
    now.told.add((kind, number))


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return `{"field": [before, after]}` for what differs; of a secret only that it does."""
    return {
        name: [veiled(before.get(name), name=name), veiled(value, name=name)]
        for name, value in after.items()
        if before.get(name) != value or (names_secret(name) and value)
    }


def _name_of(on: Any) -> str:
    return str(on) if isinstance(on, Model) else ""


def _brand_id(brand: Brand | int | None, on: Any, now: Circumstances) -> int | None:
    if brand is not None:
        return brand.pk if isinstance(brand, Brand) else brand
    if isinstance(on, Brand):
        return on.pk
    found = getattr(on, "brand_id", None) if isinstance(on, Model) else None
    if found is None and isinstance(on, Model) and hasattr(type(on), "job"):
        found = on.job.brand_id  # type: ignore[attr-defined]
    if found is not None:
        return found
    return now.access.brand.pk if now.access.brand else None


# ---------------------------------------------------------------------- what may be forgotten
def forget(*, older_than: datetime, brand: Brand | None = None, most: int = PIECE) -> int:
    """Remove up to `most` entries older than that, as retention says; return how many went."""
    return _forget(older_than, brand.pk if brand else None, None, most)


def erase_person(user_id: int, *, until: datetime, most: int = PIECE) -> int:
    """Blank the name and addresses of a person in their entries; what was done stays."""
    return _forget(until, None, user_id, most)


def _forget(until: datetime, brand_id: int | None, user_id: int | None, most: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT brands_audit_forget(%s, %s, %s, %s)", [until, brand_id, user_id, most]
        )
        return int(cursor.fetchone()[0])
