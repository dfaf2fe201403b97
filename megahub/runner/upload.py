"""Sends a file of a run; one that is gone or is not taken is told and left."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from megahub.runner.place import Place
from megahub.runner.wire import run_path


def send_upload(place: Place, wanted: dict[str, Any]) -> None:
    path = Path(wanted["path"])
    if not path.is_file():
        print(f"megahub: {path} is gone, it was not uploaded", file=sys.stderr)
        return
    facts = {"name": wanted["name"], "kind": wanted.get("kind", ""), "lease": place.lease}
    query = urlencode({name: value for name, value in facts.items() if value})
    place.wire.send_file(run_path(place.reference, f"files/?{query}"), path)
