"""From where a request comes: the proxies that stand in front of us are believed, nobody else."""

from __future__ import annotations

import ipaddress
from typing import Any

from django.conf import settings


def client_address(request: Any) -> str | None:
    """Return the address of whoever asks; what they wrote into a header themselves counts nothing.

    Each of `TRUSTED_PROXIES` has appended whom it heard: so many from the right is the asker.
    """
    meta = request.META
    behind = settings.TRUSTED_PROXIES
    if behind:
        heard = [part.strip() for part in meta.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        if len(heard) >= behind and (found := _plain(heard[-behind])):
            return found
    return _plain(meta.get("REMOTE_ADDR", ""))


def _plain(text: str) -> str | None:
    """An address without port, brackets or zone; IPv4 in the clothes of IPv6 undressed."""
    word = text.strip().strip('"')
    if word.startswith("["):
        word = word[1:].partition("]")[0]
    elif word.count(":") == 1:
        word = word.partition(":")[0]
    try:
        address = ipaddress.ip_address(word.partition("%")[0])
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)
