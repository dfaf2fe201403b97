"""Seals providers' keys at rest: they go in once, and come out only towards the provider.

The keys that seal them stand in MEGAHUB_CREDENTIAL_KEYS (newest first, commas between) or in a
file of the data folder that is made on first use. They are derived from no other secret.
"""

from __future__ import annotations

import json
import os
import tempfile
from functools import cache
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from ai_providers.models import Provider

FILE = "credential-keys"
LEAST_SHOWN = 12  # of a shorter key, four characters would be too much of it


class CannotOpen(Exception):
    """No key of ours opens this, or it was sealed for another provider."""


class Secret:
    """A key in the open. It never shows itself: not in a log, a traceback, or a template."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __bool__(self) -> bool:
        return bool(self._text)

    def __reduce__(self) -> str:
        raise TypeError("A secret does not leave its process.")


def seal(provider: Provider, key: str) -> None:
    """Put a key on the row, sealed for this brand and provider; the caller saves it."""
    key = key.strip()
    provider.key_changed_at = timezone.now()
    if not key:
        provider.sealed_key = provider.key_last4 = ""
        return
    envelope = {"brand": provider.brand_id, "provider": str(provider.uuid), "key": key}
    provider.sealed_key = _fernet().encrypt(json.dumps(envelope).encode()).decode()
    provider.key_last4 = key[-4:] if len(key) >= LEAST_SHOWN else ""


def open_key(provider: Provider) -> Secret:
    """Return the provider's key, empty when it has none."""
    if not provider.sealed_key:
        return Secret("")
    try:
        envelope = json.loads(_fernet().decrypt(provider.sealed_key.encode()))
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
    after = _fernet().rotate(before.encode()).decode()
    rows = Provider.objects.filter(pk=provider.pk, sealed_key=before)
    return bool(rows.update(sealed_key=after))


def _fernet() -> MultiFernet:
    return _fernet_of(settings.CREDENTIAL_KEYS or "", str(settings.DATA / FILE))


@cache
def _fernet_of(listed: str, path: str) -> MultiFernet:
    """Build it once; a change of the environment needs a restart anyway."""
    where = "MEGAHUB_CREDENTIAL_KEYS" if listed else path
    keys = [one.strip() for one in (listed or _file(Path(path))).split(",") if one.strip()]
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError:
        raise ImproperlyConfigured(
            f"{where} holds something that is no Fernet key: "
            "use 32 random bytes in URL-safe base64, newest first, commas between."
        ) from None


def _file(path: Path) -> str:
    """Read the key file, or make it; of several processes at once, one makes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        handle, draft = tempfile.mkstemp(dir=path.parent)  # 0600 from the start
        with os.fdopen(handle, "wb") as file:
            file.write(Fernet.generate_key())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            os.unlink(draft)
    return path.read_text().strip().replace("\n", ",")
