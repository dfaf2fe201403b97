"""Which hub, which run and which lease: from the arguments, the environment, or the runner's file.

`megahub runner` writes that file for the command that it starts, and again when the lease changes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from megahub.client import config
from megahub.runner.wire import Wire

RUN, RUN_FILE, SPOOL = "MEGAHUB_RUN", "MEGAHUB_RUN_FILE", "MEGAHUB_SPOOL"
_RANKS = ("RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK")


@dataclass
class Place:
    """Where reports of one run go. `facts` is what the hub said when the run was claimed."""

    wire: Wire
    folder: Path
    reference: str = ""
    wanted: dict[str, Any] = field(default_factory=dict)  # a run that is still to be made
    lease: str = ""
    lease_seconds: float = 60.0
    file: Path | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def has_runner(self) -> bool:
        """A `megahub runner` holds the run for us: it claims, and it says how it ended."""
        return self.file is not None

    def about(self) -> dict[str, Any]:
        """What a later process must know to send what this one could not."""
        return {"reference": self.reference, "wanted": self.wanted}

    def read_file(self) -> dict[str, Any]:
        if self.file is None:
            return {}
        try:
            found = dict(json.loads(self.file.read_text()))
        except (OSError, ValueError):
            return {}
        self.take(found)
        return found

    def take(self, claim: Mapping[str, Any]) -> None:
        self.facts = {**self.facts, **claim}
        self.reference = str(claim.get("job_id") or self.reference)
        self.lease = str(claim.get("lease") or "")
        self.lease_seconds = float(claim.get("lease_seconds") or self.lease_seconds)


def place_of(
    reference: str, wanted: Mapping[str, Any], environ: Mapping[str, str] | None = None
) -> Place:
    """Find the hub; raise `config`'s own sentence when there is no key."""
    given = os.environ if environ is None else environ
    found = config.load(given)
    file = given.get(RUN_FILE, "")
    place = Place(
        wire=Wire(found.url, found.api_key, found.brand),
        folder=spool_folder(given),
        reference=reference or given.get(RUN, ""),
        wanted=dict(wanted),
        file=Path(file) if file and not reference else None,
    )
    place.read_file()
    return place


def spool_folder(environ: Mapping[str, str]) -> Path:
    if named := environ.get(SPOOL):
        return Path(named)
    cache = environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(cache) / "megahub" / "spool"


def is_first_rank(environ: Mapping[str, str]) -> bool:
    """Of many processes that train together, the first one reports."""
    return all(environ.get(name, "0") in ("", "0") for name in _RANKS)
