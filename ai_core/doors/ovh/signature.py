"""OVH's request signature: who has signed, whether it fits, when, and whether it was used before.

`$1$` and the SHA-1 of secret, consumer key, method, full address, body and time, joined by `+`.
"""

from __future__ import annotations

import hashlib
import hmac
import time

from django.core.cache import cache
from django.http import HttpRequest

from ai_core import ovh_keys
from ai_core.doors.ovh.errors import (
    InvalidCredential,
    InvalidKey,
    InvalidSignature,
    OutOfTime,
    Replayed,
)
from ai_core.models import OvhKey
from brands.access import Access
from brands.asking import access_of_key
from brands.errors import InvalidApiKey
from brands.sealing import Secret

WINDOW_SECONDS = 300
# The signature's clock ticks in seconds: two equal calls in one second are signed alike, so the
# same signature passes again within this time, and never after it.
SAME_CALL_SECONDS = 3
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_LONGEST = 200


def is_signed(request: HttpRequest) -> bool:
    return "HTTP_X_OVH_SIGNATURE" in request.META


def access_by_signature(request: HttpRequest) -> Access:
    """Let a signed request in as its key's user, or raise what is wrong with it."""
    key = _key_of(request)
    stamp = _moment(request)
    given = request.META["HTTP_X_OVH_SIGNATURE"]
    if not any(hmac.compare_digest(given.encode(), one) for one in _expected(request, key, stamp)):
        raise InvalidSignature
    try:
        access = access_of_key(key)
    except InvalidApiKey as error:
        raise InvalidCredential(error.detail) from None
    if request.method not in _SAFE:
        _refuse_replay(given)
    ovh_keys.note_use(key)
    return access


def sign(  # noqa: PLR0913  (what is signed)
    secret: Secret, *, consumer: str, method: str, address: str, body: bytes, stamp: str
) -> str:
    before = "+".join([secret.reveal(), consumer, method.upper(), address, ""])
    text = before.encode() + body + f"+{stamp}".encode()
    return "$1$" + hashlib.sha1(text, usedforsecurity=False).hexdigest()


def _key_of(request: HttpRequest) -> OvhKey:
    application, consumer = _header(request, "APPLICATION"), _header(request, "CONSUMER")
    key = ovh_keys.find(application) if application else None
    if key is None:
        raise InvalidKey
    if not ovh_keys.has_consumer(key, consumer):
        raise InvalidCredential
    return key


def _moment(request: HttpRequest) -> str:
    text = _header(request, "TIMESTAMP")
    now = int(time.time())
    if not (text.isascii() and text.isdigit()) or abs(int(text) - now) > WINDOW_SECONDS:
        raise OutOfTime(server_time=now)
    return text


def _header(request: HttpRequest, name: str) -> str:
    text = request.META.get(f"HTTP_X_OVH_{name}", "")
    return text if len(text) <= _LONGEST and "\0" not in text else ""


def _expected(request: HttpRequest, key: OvhKey, stamp: str) -> list[bytes]:
    """What it must be. A proxy that ends TLS may hide the scheme: the other one fits as well."""
    secret = ovh_keys.open_secret(key)
    address = f"://{request.get_host()}{request.get_full_path()}"
    return [
        sign(
            secret,
            consumer=_header(request, "CONSUMER"),
            method=request.method or "",
            address=f"{scheme}{address}",
            body=request.body,
            stamp=stamp,
        ).encode()
        for scheme in ("https", "http")
    ]


def _refuse_replay(signature: str) -> None:
    """Remember what changes things for as long as its time would let it in again."""
    name = f"ovh:{hashlib.sha256(signature.encode()).hexdigest()}"
    now = time.time()
    if cache.add(name, now, timeout=2 * WINDOW_SECONDS + SAME_CALL_SECONDS):
        return
    first = cache.get(name)
    if first is None or now - first > SAME_CALL_SECONDS:
        raise Replayed
