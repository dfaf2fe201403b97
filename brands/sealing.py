"""Seals secrets that the hub must be able to open again: they are unreadable at rest.

The keys that seal them stand in MEGAHUB_CREDENTIAL_KEYS (newest first, commas between) or in a
file of the data folder that is made on first use. They are derived from no other secret.
"""

from __future__ import annotations

import json
import os
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

FILE = "credential-keys"


class CannotOpen(Exception):
    """No key of ours opens this, or it was sealed for something else."""


class Secret:
    """A secret in the open. It never shows itself: not in a log, a traceback, or a template."""

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


def seal(text: str, **bound_to: Any) -> str:
    """Seal a text for one row: copied to another, it does not open."""
    return fernet().encrypt(json.dumps([text, bound_to]).encode()).decode()


def open_sealed(sealed: str, **bound_to: Any) -> Secret:
    try:
        text, bound = json.loads(fernet().decrypt(sealed.encode()))
    except InvalidToken:
        raise CannotOpen("No key of MEGAHUB_CREDENTIAL_KEYS opens this secret.") from None
    if bound != bound_to:
        raise CannotOpen("This secret was sealed for something else.")
    return Secret(text)


def fernet() -> MultiFernet:
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
