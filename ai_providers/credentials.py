"""Seals providers' keys at rest: they go in once, and come out only towards the provider.

What opens and closes them is `brands.sealing`; here each is bound to its brand and provider.
"""

from __future__ import annotations

import json

from cryptography.fernet import InvalidToken
from django.utils import timezone

from ai_providers.models import Provider
from brands.sealing import CannotOpen, Secret, fernet

__all__ = ["CannotOpen", "Secret", "open_key", "rotate", "seal"]

LEAST_SHOWN = 12  # of a shorter key, four characters would be too much of it


def seal(provider: Provider, key: str) -> None:
    """Put a key on the row, sealed for this brand and provider; the caller saves it."""
    key = key.strip()
    provider.key_changed_at = timezone.now()
    if not key:
        provider.sealed_key = provider.key_last4 = ""
        return
    envelope = {"brand": provider.brand_id, "provider": str(provider.uuid), "key": key}
    provider.sealed_key = fernet().encrypt(json.dumps(envelope).encode()).decode()
    provider.key_last4 = key[-4:] if len(key) >= LEAST_SHOWN else ""


def open_key(provider: Provider) -> Secret:
    """Return the provider's key, empty when it has none."""
    if not provider.sealed_key:
        return Secret("")
    try:
        envelope = json.loads(fernet().decrypt(provider.sealed_key.encode()))
    except InvalidToken:
        raise CannotOpen(
            f"The key of {provider.name} cannot be opened with MEGAHUB_CREDENTIAL_KEYS: "
            "give the old key there too, or enter the provider's key anew."
        ) from None
    bound_to = (envelope["brand"], envelope["provider"])
    if bound_to != (provider.brand_id, str(provider.uuid)):
        raise CannotOpen(f"The key of {provider.name} was sealed for another provider.")
    return Secret(envelope["key"])


def rotate(provider: Provider) -> bool:
    """Seal a key anew under the newest key; return whether the row was still the same."""
    before = provider.sealed_key
    if not before:
        return False
    after = fernet().rotate(before.encode()).decode()
    rows = Provider.objects.filter(pk=provider.pk, sealed_key=before)
    return bool(rows.update(sealed_key=after))
