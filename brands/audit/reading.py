"""What one may see of the audit trail, narrowed as one asks, and as lines for a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from typing import Any

import orjson
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_date

from brands.access import Access
from brands.audit.models import AuditEntry
from brands.moments import written
from brands.spreadsheets import cell, csv_lines

PIECE = 1_000
COLUMNS = (
    "id", "at", "action", "kind", "username", "user_id", "key_prefix", "door", "address", "brand",
    "object_id", "object_name", "changes", "request_id",
)  # fmt: skip


def visible_to(access: Access) -> QuerySet[AuditEntry]:
    """A manager sees the brand's; a superuser who looks at all brands sees everything."""
    if not access.can_manage:
        return AuditEntry.objects.none()
    return AuditEntry.objects.for_brand(access.scope)


def narrowed(found: QuerySet[AuditEntry], asked: Mapping[str, str]) -> QuerySet[AuditEntry]:
    """As the form of the page and the words of the API ask; what means nothing finds nothing."""
    if kind := asked.get("kind", ""):
        found = found.filter(kind=kind)
    if person := asked.get("person", "").strip():
        found = found.filter(username__iexact=person)
    if number := asked.get("object_id", ""):
        found = found.filter(object_id=number)
    if words := asked.get("search", "").replace("\0", "").strip()[:100]:
        found = found.filter(
            Q(object_name__icontains=words)
            | Q(action__contains=words.lower())  # they are written small
            | Q(username__icontains=words)
            | Q(request_id=words)
            | Q(key_prefix=words)
        )
    first, last = (_day(asked.get(name, "")) for name in ("from", "to"))
    if first:
        found = found.filter(at__gte=first)
    return found.filter(at__lt=last + timedelta(days=1)) if last else found


def _day(text: str) -> datetime | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    if day is None or not 1970 <= day.year < 9000:
        return None
    return datetime.combine(day, time(), tzinfo=timezone.get_current_timezone())


def as_fact(entry: AuditEntry) -> dict[str, Any]:
    return {
        **{name: getattr(entry, name) for name in COLUMNS if name not in ("at", "brand")},
        "at": written(entry.at),
        "brand": entry.brand_id,
    }


def pieces(found: QuerySet[AuditEntry]) -> Iterator[list[dict[str, Any]]]:
    """Newest first; piece by piece by number, so that no connection state is kept between them."""
    below: int | None = None
    while True:
        part = found if below is None else found.filter(id__lt=below)
        entries = list(part.order_by("-id")[:PIECE])
        if not entries:
            return
        yield [as_fact(one) for one in entries]
        below = entries[-1].pk


def as_csv(found: QuerySet[AuditEntry]) -> Iterator[bytes]:
    yield csv_lines([COLUMNS])
    for piece in pieces(found):
        yield csv_lines([[cell(fact[name]) for name in COLUMNS] for fact in piece])


def as_json(found: QuerySet[AuditEntry]) -> Iterator[bytes]:
    opening = b"["
    for piece in pieces(found):
        yield opening + b",\n".join(orjson.dumps(fact) for fact in piece)
        opening = b",\n"
    yield b"]" if opening != b"[" else b"[]"
