"""One claimed run on this machine: starts its command, forwards its output, obeys, ends it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from megahub.runner.delivery import FINAL, Delivery
from megahub.runner.place import RUN, RUN_FILE, SPOOL, Place
from megahub.runner.process import Process
from megahub.runner.spool import Spool
from megahub.runner.wire import Wire

_ROOT = Path(__file__).resolve().parents[2]
LOOK = 0.25  # seconds
LAST_WORDS = 60.0
PIECE = 64 << 10
LONGEST_LINE = 20_000


class Work:
    """All that is known of it lies in its folder, so another runner process can go on."""

    def __init__(self, wire: Wire, folder: Path, claim: Mapping[str, Any], *, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder, self.claim = folder, dict(claim)
        self.place = Place(wire=wire, folder=folder / "spool")
        self.place.take(claim)
        spool = Spool(self.place.folder, f"{self.place.reference}.runner")
        self.delivery = Delivery(self.place, spool, holder=name)
        self.process = Process(folder)
        self._written: tuple[str, str] = ("", "")
        self._rest = b""
        self._kill_at: float | None = None
        self.order = ""  # why we have stopped it

    # ------------------------------------------------------------------ the beginning
    def begin(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._tell_script()
        self.delivery.start()
        if not self.process.was_started():
            (self.folder / "output").mkdir(exist_ok=True)
            self.process.start(command, {**environment, **self._environment()})

    def _environment(self) -> dict[str, str]:
        wire, checkpoint = self.place.wire, self.claim.get("checkpoint") or {}
        found = {
            "MEGAHUB_URL": wire.url,
            "MEGAHUB_API_KEY": wire.api_key,
            "MEGAHUB_BRAND": wire.brand,
            RUN: self.place.reference,
            RUN_FILE: str(self.folder / "run.json"),
            SPOOL: str(self.place.folder),
            "MEGAHUB_OUTPUT": str(self.folder / "output"),
            "MEGAHUB_CHECKPOINT": str(checkpoint.get("path") or ""),
            "MEGAHUB_DATASET": self._dataset(),
            # A script that logs to MLflow needs nothing else to appear in the hub.
            "MLFLOW_TRACKING_URI": f"{wire.url}/mlflow",
            "MLFLOW_TRACKING_TOKEN": wire.api_key,
            "MLFLOW_RUN_ID": self.place.reference,
            "PYTHONUNBUFFERED": "1",
        }
        return {name: value for name, value in found.items() if value}

    def _dataset(self) -> str:
        """Fetch the dataset where the hub has it; return where it lies."""
        known = self.claim.get("dataset") or {}
        if not known.get("url"):
            return str(known.get("reference") or "")
        path = self.folder / f"dataset.{known['format']}"
        if not path.exists() or _sha256(path) != known["sha256"]:
            self.place.wire.fetch(known["url"], path)
        return str(path)

    # ------------------------------------------------------------------ the middle
    def look(self) -> int | None:
        """Do what is due; return the exit code once the command is over."""
        self._tell_script()
        if self.delivery.stop and not self.order:
            self.stop(self.delivery.stop)
        if self._kill_at is not None and time.monotonic() > self._kill_at:
            self.process.send(signal.SIGKILL)
        code = self.process.exit_code()
        self._forward(last=code is not None)
        return code

    def stop(self, order: str, *, grace: float | None = None) -> None:
        """Ask the command to save and stop; kill its group when it takes too long."""
        self.order = order
        self._tell_script()
        seconds = 0.0 if order == "lost" else self.grace if grace is None else grace
        self._kill_at = time.monotonic() + seconds
        self.process.send(signal.SIGKILL if order == "lost" else signal.SIGTERM)

    grace = 60.0

    def _tell_script(self) -> None:
        """The run's file, which the SDK reads: the lease may be another one by now."""
        now = (self.place.lease, self.order)
        if now != self._written:
            facts = {**self.claim, **self.place.facts, "stop": self.order}
            draft = self.folder / "run.part"
            draft.touch(mode=0o600)
            draft.write_text(json.dumps(facts))
            draft.replace(self.folder / "run.json")
            self._written = now

    def _forward(self, *, last: bool) -> None:
        """Send on what the command has written since; a note says how far that is."""
        mark = self.folder / "output.sent"
        offset = int(mark.read_text()) if mark.exists() else 0
        try:
            with self.process.log.open("rb") as file:
                file.seek(offset)
                text = file.read(PIECE)
        except OSError:
            return
        lines = text.split(b"\n")
        whole = text if last or len(lines[0]) == PIECE else text[: len(text) - len(lines[-1])]
        for line in whole.decode(errors="replace").splitlines():
            if line.strip():
                self.delivery.say("logs", {"message": line[:LONGEST_LINE]})
        if whole:
            self.delivery.keep()
            mark.write_text(str(offset + len(whole)))
        if last and len(text) == PIECE:
            self._forward(last=True)

    # ------------------------------------------------------------------ the end
    def finish(self, code: int) -> str:
        """Upload what the command has left, say how it ended, tidy up; return the ending."""
        ending = self._ending(code)
        if self.order != "lost":
            self._take_over()
            self._upload()
            if self.delivery.stop not in FINAL:  # the hub knows of an end that it has made itself
                self.delivery.say("ending", ending)
        waiting = self.delivery.close(LAST_WORDS)
        if waiting:
            left = f"{waiting} reports still wait in {self.place.folder}"
            print(f"megahub: {left}; the runner sends them at its next start.", file=sys.stderr)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)
        return str(ending["status"])

    def _take_over(self) -> None:
        """What the script said and could not send any more goes before its end."""
        own = self.delivery.spool
        for path in sorted(self.place.folder.glob("*.jsonl")):
            if path != own.path:
                left = Spool(self.place.folder, path.stem)
                own.take_over(left)
                left.close()

    def _upload(self) -> None:
        root = self.folder / "output"
        sent = _lines(self.folder / "uploaded")
        for file in sorted(root.rglob("*")):
            if file.is_file() and not file.is_symlink() and str(file.resolve()) not in sent:
                name = file.relative_to(root).as_posix()
                self.delivery.say("upload", {"path": str(file), "name": name, "kind": ""})

    def _ending(self, code: int) -> dict[str, Any]:
        """The script's own word where it fits; else what we asked for; else its exit code."""
        said = _read(self.folder / "ending.json")
        if said and (said.get("status") != "completed" or code == 0):
            return said
        if self.order:
            status = {"pause": "paused", "paused": "paused", "shutdown": "released"}
            return {"status": status.get(self.order, "cancelled"), "message": self.order}
        if code == 0:
            return {"status": "completed"}
        how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        return {"status": "failed", "message": f"The command {how}."}


def _from_checkout() -> dict[str, str]:
    """Where we are not installed, the script finds `megahub.runner` beside us."""
    if not (_ROOT / "manage.py").exists():
        return {}
    paths = [*os.environ.get("PYTHONPATH", "").split(os.pathsep), str(_ROOT)]
    return {"PYTHONPATH": os.pathsep.join(path for path in paths if path)}


def _read(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text()))
    except (OSError, ValueError):
        return {}


def _lines(path: Path) -> set[str]:
    try:
        return set(path.read_text().splitlines())
    except OSError:
        return set()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def environment_of(claim: Mapping[str, Any], *, trusted: bool) -> dict[str, str]:
    """This machine's own, with the job's variables where jobs are trusted."""
    given = (claim.get("input_data") or {}).get("env_vars") or [] if trusted else []
    return {
        **os.environ,
        **_from_checkout(),
        **{str(one["name"]): str(one["value"]) for one in given},
    }
