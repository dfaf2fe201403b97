"""Counts guesses at passwords and codes before they are looked at, so that parallel ones count too.

A row per pair of name and address, and one per address: who guesses locks out nobody but
themselves, and who tries many names is stopped by their address. Names that exist and names that
don't are counted alike, and rows hold no name, only a digest.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import connection

from brands.audit import trail
from brands.client_address import client_address

_COUNT = """
INSERT INTO brands_guess AS g (place, tries, since) VALUES (%s, 1, clock_timestamp())
ON CONFLICT (place) DO UPDATE SET
    tries = CASE WHEN g.since < clock_timestamp() - %s * interval '1 second'
                 THEN 1 ELSE g.tries + 1 END,
    since = CASE WHEN g.since < clock_timestamp() - %s * interval '1 second'
                 THEN clock_timestamp() ELSE g.since END
RETURNING tries, ceil(%s - extract(epoch FROM clock_timestamp() - since))::int
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a guess is counted, and how many it may be."""

    digest: str
    most: int


def counted(request: Any, name: str) -> int:
    """Count one guess; return for how many seconds more nothing is looked at, 0 if it may be."""
    waits = [_count(place, request) for place in _places(request, name)]
    return max(waits)


def _count(place: Place, request: Any) -> int:
    span = settings.SIGN_IN_COOL_OFF_SECONDS
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [place.digest, span, span, span])
        tries, left = cursor.fetchone()
    if tries == place.most + 1:
        trail.record("sign_in.locked_out", changes={"after": place.most, "for_seconds": left})
    return max(1, left) if tries > place.most else 0


def forgiven(request: Any, name: str) -> None:
    """It was them: their earlier slips no longer count, and this one not for their address."""
    pair, address = _places(request, name)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM brands_guess WHERE place = %s", [pair.digest])
        cursor.execute(
            "UPDATE brands_guess SET tries = greatest(tries - 1, 0) WHERE place = %s",
            [address.digest],
        )


def sweep() -> bool:
    """Remove what no longer counts; a duty of the sweeper, which has time until its next look."""
    with connection.cursor() as cursor:
        cursor.execute(
            """DELETE FROM brands_guess WHERE place IN (
                 SELECT place FROM brands_guess
                 WHERE since < clock_timestamp() - %s * interval '1 second' LIMIT 1000
                 FOR UPDATE SKIP LOCKED)""",
            [settings.SIGN_IN_COOL_OFF_SECONDS],
        )
    return False


def _places(request: Any, name: str) -> tuple[Place, Place]:
    address = client_address(request) or "unknown"
    pair = f"pair\0{name.strip().casefold()}\0{address}"
    return (
        Place(_digest(pair), settings.SIGN_IN_TRIES),
        Place(_digest(f"address\0{address}"), settings.SIGN_IN_TRIES * 10),
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


class GuessGuard:
    """Stands first among the backends: while somebody is locked out, no password is compared.

    It knows no people (`get_user`): nobody is ever logged in by it.
    """

    def authenticate(self, request: Any, username: str | None = None, **given: Any) -> None:
        if request is None or username is None:
            return
        request.guessed_name = username
        wait = counted(request, username)
        if wait:
            request.locked_out_seconds = wait
            raise PermissionDenied
