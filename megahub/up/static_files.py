"""Gathers the static files where the web process serves them, and only when one has changed."""

import fcntl
import hashlib
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import CommandError

MARK = ".fingerprint"
LOCK = ".lock"


def gather(*, say: Callable[[str], object]) -> None:
    """Bring STATIC_ROOT in step with the sources; it may be read-only when it is."""
    root = Path(settings.STATIC_ROOT)
    fingerprint = _fingerprint()
    if _is_in_step(root, fingerprint):
        return
    try:
        root.mkdir(parents=True, exist_ok=True)
        lock = (root / LOCK).open("w")
    except OSError as error:
        raise CommandError(
            f"static files have changed and {root} cannot be written ({error.strerror}): "
            "run `manage.py prepare` once as the owner of this folder"
        ) from None
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two hubs may run from one checkout
        if _is_in_step(root, fingerprint):
            return
        say("gathering static files")
        call_command("collectstatic", verbosity=0, interactive=False)
        (root / MARK).write_text(fingerprint)


def is_in_step(root: Path) -> bool:
    """Whether what is served is what the code has."""
    return _is_in_step(root, _fingerprint())


def _is_in_step(root: Path, fingerprint: str) -> bool:
    try:
        return (root / MARK).read_text() == fingerprint
    except OSError:
        return False


def _fingerprint() -> str:
    """Sum up name, size and time of every file: reading them all would take seconds.

    Whole seconds: layers of an image keep no more, and what was gathered there must stay in step.
    """
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            facts = Path(storage.path(name)).stat()
            digest.update(f"{name} {facts.st_size} {int(facts.st_mtime)}\n".encode())
    return digest.hexdigest()
