"""The data folder: made private, held by one instance at a time, with the key kept in it."""

import fcntl
import os
import secrets
import time
from pathlib import Path

from megahub.up.refusal import Refusal

LOCK = "lock"
SECRET_KEY = "secret_key"  # noqa: S105 (a file name)
# After a KILL the guardian still holds the lock while it stops what was left.
LEFTOVER_SECONDS = 8


def hold(data: Path) -> int:
    """Make the folder and lock it; the descriptor returned holds the lock until it is closed."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(data / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        os.pwrite(lock, b"", 0)
    except OSError as error:
        raise Refusal(
            f"the data folder {data} cannot be written ({error.strerror}): "
            "give yourself the right to, or name another one with MEGAHUB_DATA"
        ) from None
    deadline = time.monotonic() + LEFTOVER_SECONDS
    while not _taken(lock):
        holder = os.pread(lock, 20, 0).decode(errors="replace").strip()
        if _is_alive(holder) or time.monotonic() > deadline:
            os.close(lock)
            raise Refusal(
                f"the data folder {data} is held by another hub (process {holder or 'unknown'}): "
                "stop that one, or name another folder with MEGAHUB_DATA"
            )
        time.sleep(0.1)
    os.ftruncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)
    return lock


def secret_key(data: Path) -> str:
    """Return the installation's key, made once; who reads it can sign in as anybody."""
    path = data / SECRET_KEY
    try:
        kept = path.read_text().strip()
    except FileNotFoundError:
        kept = ""
    except (OSError, ValueError) as error:
        raise Refusal(
            f"{path} cannot be read ({error}): mend it, or set MEGAHUB_SECRET_KEY"
        ) from None
    if kept:
        return kept
    made = secrets.token_urlsafe(64)
    temporary = path.with_suffix(".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(made)
    temporary.replace(path)
    return made


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_alive(pid: str) -> bool:
    if not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
