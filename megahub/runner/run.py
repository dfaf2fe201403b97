"""`Run`: what a training script says about itself and hears from the hub. It never gets in the way.

from megahub.runner import Run
with Run() as run:
    run.metrics(step, loss=loss)
"""

from __future__ import annotations

import atexit
import json
import os
import secrets
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from megahub.client.exits import Stop
from megahub.runner.delivery import FINAL, Delivery
from megahub.runner.place import Place, is_first_rank, place_of
from megahub.runner.plain import figures as plain_figures
from megahub.runner.plain import plain
from megahub.runner.spool import Spool

LAST_WORDS = 30.0  # seconds to send what is left when the script ends
LONGEST_LINE = 20_000


class RunError(Exception):
    """The run cannot be reported: there is no key, or the address is wrong."""


class RunStopped(Exception):
    """The hub wants this run to stop; `reason` is pause, paused, cancelled, timeout, …"""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The hub wants this run to stop: {reason}.")
        self.reason = reason


class Run:
    """One training. Without a reference and outside a runner, a new run is made in the hub.

    The hub and the key come from MEGAHUB_URL and MEGAHUB_API_KEY, as for the `megahub` command.
    """

    def __init__(
        self,
        reference: str = "",
        *,
        name: str = "",
        image: str = "script",
        **wanted: Any,
    ) -> None:
        """`wanted` is more of the job's input: hyperparameters, total_steps, base_model, …"""
        wished = {"name": name or Path(sys.argv[0]).stem or "training", "image": image, **wanted}
        self._delivery: Delivery | None = None
        self._over = False
        self._failure = ""
        self._terminated = False
        if not is_first_rank(os.environ):
            return
        try:
            self.place = place_of(reference, wished)
        except Stop as stop:
            raise RunError(stop.message) from None
        self._delivery = _delivery(self.place)
        self._delivery.start()
        if not self.place.has_runner and "total_steps" in wanted:
            self.progress(total_steps=wanted["total_steps"])
        self._listen()

    # ------------------------------------------------------------------ what is said
    def metrics(self, step: int, epoch: float | None = None, **values: float | None) -> None:
        """Figures of one step; `loss`, `eval_loss` and `lr` have their places on the curve."""
        self.report(step, values, epoch=epoch)

    def report(self, step: int, figures: Mapping[str, Any], *, epoch: float | None = None) -> None:
        """The same, where names are no Python names: `{"train/loss": 0.5}`."""
        point: dict[str, Any] = {"step": int(step), "values": plain_figures(figures)}
        if epoch is not None:
            point["epoch"] = float(epoch)
        self._say("points", point)

    def log(self, message: str, level: str = "info") -> None:
        self._say("logs", {"message": str(message)[:LONGEST_LINE], "level": level})

    def stage(self, name: str, substatus: str = "") -> None:
        self._say("stages", {"stage": name, "substatus": substatus}, soon=True)

    def progress(self, **facts: Any) -> None:
        """percent, step, total_steps, epoch, total_epochs, substatus."""
        self._say("progress", facts)

    def event(self, kind: str, message: str, payload: dict[str, Any] | None = None) -> None:
        """`kind`: info, warning, error, metrics, checkpoint, artifact."""
        self._say("events", {"type": kind, "message": message, "payload": plain(payload or {})})

    def checkpoint(
        self, step: int, path: str | Path = "", *, upload: bool = False, **facts: Any
    ) -> None:
        """A place to go on from; `facts`: epoch, metrics, is_best. A folder stays where it is."""
        file = Path(path) if path else None
        if file is not None and file.is_file():
            facts.setdefault("size", file.stat().st_size)
            if upload:
                self.artifact(file, kind="checkpoint")
        known = {"step": int(step), "path": str(path), **facts}
        self._say("checkpoints", plain(known), soon=True)

    def artifact(self, path: str | Path, *, name: str = "", kind: str = "") -> None:
        """Upload a file, or every file of a folder; in order with all else, also after a while."""
        root = Path(path).resolve()
        for file in sorted(root.rglob("*")) if root.is_dir() else [root]:
            if file.is_file():
                inner = f"{name or root.name}/{file.relative_to(root)}" if root.is_dir() else name
                upload = {"path": str(file), "name": inner or file.name, "kind": kind}
                self._say("upload", upload, soon=True)
                self._note_upload(file)

    def _note_upload(self, file: Path) -> None:
        """The runner uploads what is left in MEGAHUB_OUTPUT: not this once more."""
        if self._delivery is not None and self.place.file is not None:
            with self.place.file.with_name("uploaded").open("a") as note:
                note.write(f"{file}\n")

    # ------------------------------------------------------------------ what is heard
    @property
    def stop(self) -> str:
        """Why to stop: `pause`, `cancelled`, `timeout`, …; empty: go on."""
        return self._delivery.stop if self._delivery else ""

    def check(self) -> None:
        """Raise RunStopped when the hub wants the run to stop. Call it once a step."""
        if self.stop:
            raise RunStopped(self.stop)

    def facts(self, timeout: float = 30.0) -> dict[str, Any]:
        """What the hub gave with the run: input_data, hyperparameters, checkpoint, dataset."""
        if self._delivery is None or not self._delivery.claimed.wait(timeout):
            return {}
        return dict(self.place.facts)

    @property
    def hyperparameters(self) -> dict[str, Any]:
        return dict(self.facts().get("hyperparameters") or {})

    @property
    def resume_from(self) -> dict[str, Any] | None:
        """The checkpoint to go on from: step, epoch, path; None: begin at the beginning."""
        return self.facts().get("checkpoint")

    # ------------------------------------------------------------------ the end
    def finish(
        self, status: str = "completed", message: str = "", result: dict[str, Any] | None = None
    ) -> None:
        """Say how it ended, and wait a little until the hub knows; only the first time counts."""
        if self._over or self._delivery is None:
            return
        self._over = True
        ending = {"status": status, "message": message[:4_000], "result": plain(result or {})}
        if self.place.file is not None:
            _leave(self.place.file.with_name("ending.json"), ending)
        elif self.stop not in FINAL:  # the hub knows of an end that it has made itself
            self._delivery.say("ending", ending)
        waiting = self._delivery.close(LAST_WORDS)
        if waiting:
            print(
                f"megahub: {waiting} reports wait in {self.place.folder}; "
                "`megahub runner --catch-up` sends them.",
                file=sys.stderr,
            )

    def stopped(self, reason: str) -> None:
        """It has stopped because the hub wanted it to."""
        self.finish(_ending_for(reason), reason)

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if isinstance(error, RunStopped):
            self.stopped(error.reason)
            return True
        if error is None or (isinstance(error, SystemExit) and not error.code):
            self.finish(_ending_for(self.stop) if self.stop == "pause" else "completed")
            return False
        self.log("".join(traceback.format_exception(error)), "error")
        self.finish("failed", f"{type(error).__name__}: {error}")
        return False

    def _say(self, kind: str, item: Any, *, soon: bool = False) -> None:
        if self._delivery is not None and not self._over:
            self._delivery.say(kind, item, soon=soon)

    def _listen(self) -> None:
        """Hear SIGTERM as an order, an uncaught error as a failure, and the end as the end."""
        atexit.register(self._at_exit)
        before_hook = sys.excepthook

        def noted(kind: Any, error: Any, trace: Any) -> None:
            self._failure = f"{kind.__name__}: {error}"
            before_hook(kind, error, trace)

        sys.excepthook = noted
        if threading.current_thread() is not threading.main_thread():
            return
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, self._on_term)

    def _on_term(self, number: int, frame: Any) -> None:
        """The first one asks to stop at `check()`, the second one ends the script."""
        delivery = self._delivery
        if delivery is None or self._terminated:
            raise SystemExit(128 + number)
        self._terminated = True
        said = self.place.read_file().get("stop")
        delivery.stop = str(said or delivery.stop or "shutdown")

    def _at_exit(self) -> None:
        self.finish("failed" if self._failure else "completed", self._failure)


def _delivery(place: Place) -> Delivery:
    spool = Spool(place.folder, place.reference or f"new-{secrets.token_hex(8)}")
    spool.note(place.about())
    return Delivery(place, spool, holder=f"{socket.gethostname()}:{os.getpid()}")


def _ending_for(reason: str) -> str:
    """What to report after having stopped for this reason."""
    return {"pause": "paused", "paused": "paused", "shutdown": "released", "lost": "released"}.get(
        reason, "cancelled"
    )


def _leave(path: Path, ending: dict[str, Any]) -> None:
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps(ending))
    draft.replace(path)
