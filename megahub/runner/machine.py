"""`megahub runner`: claims runs one after the other and has their commands executed here."""

from __future__ import annotations

import json
import shutil
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from megahub.runner.spool import Spool
from megahub.runner.wire import Later, Refused, Wire, run_path
from megahub.runner.work import LOOK, Work, environment_of

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 15.0


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What this runner is to do."""

    name: str
    folder: Path
    command: Sequence[str] = ()
    trusts_jobs: bool = False
    run: str = ""
    once: bool = False
    grace: float = 60.0
    lease_seconds: float = 60.0


class Machine:
    """One runner. It holds at most one run, and goes on with it after having been killed."""

    def __init__(self, wire: Wire, wanted: Wanted, *, say: Callable[[str], object]) -> None:
        self.wire, self.wanted, self.say = wire, wanted, say
        self.leaving = ""  # `shutdown`: give the run back; `later`: leave it to the next start
        # Two of the same name on one machine would fight for the same folders.
        self._lock = Spool(wanted.folder, "runner")
        if self._lock.path.stem != "runner":
            raise OSError(f"Another runner named {wanted.name} is at work here: use --name.")

    def listen(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.leave("shutdown"))
        signal.signal(signal.SIGHUP, lambda *_: self.leave("later"))

    def leave(self, how: str) -> None:
        self.leaving = how

    def go(self) -> str:
        """Work until told to leave, or once; return how the last run ended."""
        last = self._go_on()
        pause = FIRST_PAUSE
        while not self.leaving and not (self.wanted.once and last):
            claim = self._claim()
            if claim is None:
                self._rest(pause)
                pause = min(pause * 1.5, LONGEST_PAUSE)
                continue
            pause = FIRST_PAUSE
            last = self._work(claim)
        return last

    # ------------------------------------------------------------------ finding work
    def _claim(self) -> dict[str, Any] | None:
        wanted = self.wanted
        below = run_path(wanted.run, "claim/") if wanted.run else "/ai/training/claim/"
        body = {"runner": wanted.name, "lease_seconds": wanted.lease_seconds}
        try:
            return self.wire.post(below, body)
        except Later as later:
            self.say(str(later))
        except Refused as refused:
            if refused.code not in ("RUN_NOT_STARTED", "RUN_HELD_ELSEWHERE"):
                raise
            self.say(str(refused))
        return None

    def _rest(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self.leaving and time.monotonic() < until:
            time.sleep(LOOK)

    def _go_on(self) -> str:
        """Take up the runs of an earlier process of this runner."""
        last = ""
        for path in sorted(self.wanted.folder.glob("*/run.json")):
            try:
                claim = json.loads(path.read_text())
            except (OSError, ValueError):
                continue
            self.say(f"{claim.get('job_id')}: going on with it")
            last = self._work(claim, again=True)
        return last

    # ------------------------------------------------------------------ doing it
    def _work(self, claim: dict[str, Any], *, again: bool = False) -> str:
        reference = str(claim["job_id"])
        folder = self.wanted.folder / reference
        if not again:
            shutil.rmtree(folder, ignore_errors=True)
        work = Work(self.wire, folder, claim, name=self.wanted.name)
        work.grace = self.wanted.grace
        command = self._command(claim)
        if not command:
            return self._no_command(work)
        self.say(f"{reference}: attempt {claim.get('attempt')}, {command[0]}")
        if again and work.process.exit_code() is None and not work.process.is_alive():
            work.order = "shutdown"  # the machine went down with it: the next attempt goes on
        try:
            work.begin(command, environment_of(claim, trusted=self.wanted.trusts_jobs))
        except (Later, Refused, OSError) as error:
            work.delivery.say("logs", {"message": str(error), "level": "error"})
            work.order = "shutdown"
            return work.finish(1)
        return self._follow(work)

    def _follow(self, work: Work) -> str:
        while (code := work.look()) is None:
            if self.leaving == "later":
                self.say(f"{work.place.reference}: runs on; the next start takes it up")
                work.delivery.close(self.wanted.grace)
                return "running"
            if self.leaving and not work.order:
                work.stop("shutdown")
            time.sleep(LOOK)
        ended = work.finish(code)
        self.say(f"{work.place.reference}: {ended}")
        return ended

    def _command(self, claim: dict[str, Any]) -> list[str]:
        if self.wanted.command:
            return list(self.wanted.command)
        return [str(one) for one in (claim.get("input_data") or {}).get("command") or []]

    def _no_command(self, work: Work) -> str:
        work.delivery.start()
        message = "The job names no command, and the runner was given none."
        work.delivery.say("ending", {"status": "failed", "message": message})
        work.delivery.close(self.wanted.grace)
        return "failed"
