"""Gathers the static files where the web process serves them, and only when one has changed."""

import fcntl
import hashlib
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

MARK = ".fingerprint"
LOCK = ".lock"


def gather(*, say: Callable[[str], object]) -> None:
    root = Path(settings.STATIC_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    mark = root / MARK
    with (root / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two hubs may run from one checkout
        fingerprint = _fingerprint()
        if mark.exists() and mark.read_text() == fingerprint:
            return
        say("gathering static files")
        call_command("collectstatic", verbosity=0, interactive=False)
        mark.write_text(fingerprint)


def _fingerprint() -> str:
    """Sum up name, size and time of every file: reading them all would take seconds."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            facts = Path(storage.path(name)).stat()
            digest.update(f"{name} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()
