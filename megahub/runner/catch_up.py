"""Sends what earlier processes of this machine could not, run by run."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

from megahub.runner.delivery import Delivery
from megahub.runner.place import Place
from megahub.runner.spool import Spool
from megahub.runner.wire import Wire


def catch_up(wire: Wire, folder: Path, *, timeout: float) -> dict[str, int]:
    """Return for each run that had something left how many messages still wait."""
    left: dict[str, int] = {}
    for path in sorted(folder.glob("*.jsonl")):
        spool = Spool(folder, path.stem)
        about = _about(path)
        if spool.path != path or about is None or not spool.waiting:
            spool.close()  # its own process is at work, or there is nothing to do
            continue
        place = Place(wire=wire, folder=folder, **about)
        delivery = Delivery(place, spool, holder=f"{socket.gethostname()}:catch-up")
        delivery.start()
        waiting = delivery.close(timeout)
        left[place.reference or path.stem] = waiting
    return left


def _about(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.with_suffix(".about").read_text())
        return {"reference": str(found["reference"]), "wanted": dict(found["wanted"])}
    except (OSError, ValueError, KeyError, TypeError):
        return None
