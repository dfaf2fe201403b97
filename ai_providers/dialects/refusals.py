"""Reads why a provider refused a call: the status first, then what its body says."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from ai_providers.credentials import Secret
from ai_providers.failures import ProviderFailure, Reason

_OUT_OF_MONEY = (
    "insufficient_quota",
    "billing",
    "credit_balance",
    "spend_limit",
    "usage_limit",
    "quota_exceeded",
)
_CONTENT = ("content_filter", "content_policy", "moderation", "safety")
_KEY = re.compile(r"\b(?:sk|pk|rk|gsk|key|mh|xai|r8|hf)[-_][A-Za-z0-9*._-]{6,}")
_LONGEST_WAIT = 86_400.0

_BY_STATUS = {
    400: Reason.INPUT_REFUSED,
    401: Reason.KEY_REFUSED,
    402: Reason.QUOTA,
    403: Reason.KEY_REFUSED,
    404: Reason.MODEL_UNKNOWN,
    413: Reason.INPUT_REFUSED,
    422: Reason.INPUT_REFUSED,
    429: Reason.RATE_LIMITED,
}


def refusal(
    status: int, headers: Mapping[str, str], body: bytes, *, key: Secret
) -> ProviderFailure:
    """Turn an answer that is none into a failure."""
    said, words = _read(body)
    reason = _BY_STATUS.get(status, Reason.SERVER_ERROR)
    if 300 <= status < 400:
        reason, said = Reason.UNREACHABLE, "It redirects; give the final address as base_url."
    elif status in (403, 429) and any(word in words for word in _OUT_OF_MONEY):
        reason = Reason.QUOTA
    elif status in (400, 403) and any(word in words for word in _CONTENT):
        reason = Reason.CONTENT_REFUSED
    return ProviderFailure(
        reason,
        f"HTTP {status}: {clean(said, key) or 'no explanation'}",
        http_status=status,
        retry_after=retry_after(headers),
    )


def clean(text: str, key: Secret) -> str:
    """Take out the key, and whatever looks like one: providers like to quote it."""
    if key:
        text = text.replace(key.reveal(), "…")
    text = _KEY.sub("…", text).replace("\0", "")
    return " ".join(text.split())[:400]


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Read `retry-after-ms`, or `retry-after` as seconds or as a date."""
    text = headers.get("retry-after-ms", "")
    if text.isascii() and text.isdigit() and len(text) < 16:
        return min(int(text) / 1000, _LONGEST_WAIT)
    text = headers.get("retry-after", "").strip()
    try:
        seconds = float(text)
        return None if math.isnan(seconds) else min(max(seconds, 0.0), _LONGEST_WAIT)
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    wait = (moment - datetime.now(UTC)).total_seconds()
    return min(max(wait, 0.0), _LONGEST_WAIT)


def _read(body: bytes) -> tuple[str, str]:
    """Return what a person may read, and the machine's words in lower case."""
    try:
        value: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        # A proxy's error page says nothing to a person.
        return ("" if body.lstrip()[:1] == b"<" else body[:300].decode("utf-8", "replace")), ""
    error = value.get("error", value) if isinstance(value, dict) else value
    if not isinstance(error, dict):
        return str(error)[:300], ""
    said = error.get("message") or error.get("detail") or ""
    words = f"{error.get('type') or ''} {error.get('code') or ''}".lower()
    return (said if isinstance(said, str) else ""), words
