"""What a running hub leaves in its data folder, so that other commands find its services.

`manage.py up` starts PostgreSQL and Valkey on free ports and writes their addresses here; every
other `manage.py` command reads them, so nobody has to copy an address by hand.
"""

import json
import os
from pathlib import Path
from typing import Any

FILE = "running.json"


def read(data: Path) -> dict[str, Any]:
    """Return the addresses of the hub that runs on this data folder, or an empty dict."""
    try:
        facts = json.loads((data / FILE).read_text())
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}


def write(data: Path, facts: dict[str, Any]) -> None:
    """Write the facts so that a reader sees the old ones or the new ones, never a half."""
    temporary = data / f"{FILE}.{os.getpid()}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(facts, file)
    temporary.replace(data / FILE)


def forget(data: Path) -> None:
    (data / FILE).unlink(missing_ok=True)
