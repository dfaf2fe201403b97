"""Codes of six digits that change every half minute (RFC 6238, SHA-1: what all apps can do)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import struct
import time
from collections.abc import Iterator
from urllib.parse import quote, urlencode

STEP, DIGITS, DRIFT = 30, 6, 1
ISSUER = "MEGAHUB"


def new_secret() -> str:
    return base64.b32encode(secrets.token_bytes(20)).decode()


def code_at(secret: str, step: int) -> str:
    mac = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    offset = mac[-1] & 15
    number = struct.unpack(">I", mac[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def step_of(secret: str, code: str, *, now: float | None = None) -> int | None:
    """Return the half minute that this code is of, if it is this one or one beside it."""
    current = int((time.time() if now is None else now) // STEP)
    fits = [step for step in _near(current) if hmac.compare_digest(code_at(secret, step), code)]
    return fits[0] if fits else None


def _near(step: int) -> Iterator[int]:
    yield from range(step - DRIFT, step + DRIFT + 1)


def address(secret: str, name: str) -> str:
    """What the QR code says to the phone."""
    label = quote(f"{ISSUER}:{name}")
    facts = urlencode({"secret": secret, "issuer": ISSUER, "digits": DIGITS, "period": STEP})
    return f"otpauth://totp/{label}?{facts}"
