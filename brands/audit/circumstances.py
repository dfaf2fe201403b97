"""Who asks, from where and by which door: read from the request that is being answered."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from brands.access import NOBODY, Access
from brands.asking import access_of, bearer_token
from brands.audit.models import Door
from brands.client_address import client_address
from brands.errors import DomainError

if TYPE_CHECKING:
    from django.http import HttpRequest

_request: ContextVar[HttpRequest | None] = ContextVar("audited_request", default=None)
ADMIN = "/admin/"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What an entry says besides what was done."""

    access: Access = NOBODY
    door: Door = Door.SYSTEM
    address: str | None = None
    request_id: str = ""
    told: set[tuple[str, str]] = field(default_factory=set)
    """Objects that this request has entries about already."""


@contextmanager
def answering(request: HttpRequest) -> Iterator[None]:
    """Say which request this thread answers, for as long as it does."""
    token = _request.set(request)
    try:
        yield
    finally:
        _request.reset(token)


def current() -> Circumstances:
    request = _request.get()
    if request is None:
        return Circumstances(door=_door_without_request())
    return of(request)


def of(request: Any) -> Circumstances:
    own = getattr(request, "_request", request)
    if not hasattr(own, "_audit_told"):
        own._audit_told = set()
    return Circumstances(
        access=_access(own),
        door=_door(own),
        address=client_address(own),
        request_id=str(getattr(own, "request_id", "") or "")[:128],
        told=own._audit_told,
    )


def _access(request: Any) -> Access:
    try:
        return access_of(request)
    except DomainError:
        return NOBODY


def _door(request: Any) -> Door:
    if bearer_token(request) is not None or getattr(_access(request), "key", None):
        return Door.API
    return Door.ADMIN if request.path_info.startswith(ADMIN) else Door.BROWSER


def _door_without_request() -> Door:
    """A worker and the sweeper act for the hub; any other command for whoever typed it."""
    words = sys.argv[1:2]
    is_command = sys.argv[:1] and sys.argv[0].endswith("manage.py")
    typed = is_command and words and words[0] not in ("web", "worker", "sweeper", "up")
    return Door.COMMAND if typed else Door.SYSTEM
