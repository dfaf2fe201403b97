"""Brings what a script says to the hub, from a thread of its own: it waits for nobody.

What was said is gathered for a moment, kept in the spool, and sent from there in order. A hub that
is away is asked again, ever more slowly; a lease that was lost is taken again.
"""

from __future__ import annotations

import contextlib
import json
import sys
import threading
import time
from typing import Any

from megahub.runner.place import Place
from megahub.runner.spool import Spool
from megahub.runner.upload import send_upload
from megahub.runner.wire import Later, Refused, run_path

GATHER = 0.5  # seconds
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
MOST_ITEMS, MOST_BYTES = 2_000, 400_000  # in one report
FINAL = frozenset({"completed", "failed", "cancelled", "timeout"})
_NO_ENTRY = frozenset({401, 403, 404})


class Delivery:
    """One run's reports on their way."""

    def __init__(self, place: Place, spool: Spool, *, holder: str) -> None:
        self.place, self.spool, self.holder = place, spool, holder
        self.stop = ""  # what the hub wants: nothing, `pause`, `cancelled`, …
        self.claimed = threading.Event()
        if place.lease:
            self.claimed.set()
        self._said: list[tuple[str, Any]] = []
        self._lock, self._keeping = threading.Lock(), threading.Lock()
        self._wake = threading.Event()
        self._closing = False
        self._give_up_at = 0.0
        self._pause = FIRST_PAUSE
        self._heard_at = time.monotonic()
        self._told = ""
        self._thread = threading.Thread(target=self._work, name="megahub", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def say(self, kind: str, item: Any, *, soon: bool = False) -> None:
        """Take something to report; returns at once."""
        with self._lock:
            self._said.append((kind, item))
        if soon:
            self._wake.set()

    def close(self, timeout: float) -> int:
        """Send what is there; return how many messages still wait in the spool."""
        self._give_up_at = time.monotonic() + timeout
        self._closing = True
        self._wake.set()
        self._thread.join(timeout + 5)
        waiting = self.spool.waiting
        if not self._thread.is_alive():
            self.spool.close()
        return waiting

    # ------------------------------------------------------------------ the thread
    def _work(self) -> None:
        while True:
            self._wake.wait(GATHER)
            self._wake.clear()
            closing = self._closing
            try:
                self.keep()
                self._send()
                self._beat()
                self._pause = FIRST_PAUSE
            except Later as later:
                self._rest(later)
            except Refused as refused:
                self._tell(f"the hub refuses: {refused}")
                self._rest(Later(str(refused), seconds=LONGEST_PAUSE))
            except Exception as error:  # a disk that is full must not end the training
                self._tell(f"reports cannot be kept: {error!r}")
                self._rest(Later(repr(error)))
            if closing and self._is_done():
                self._let_go()
            if closing and (self._is_done() or time.monotonic() > self._give_up_at):
                return

    def _let_go(self) -> None:
        """Tell the hub that we have stopped, so that the slot of a cancelled run is free."""
        if self.stop in FINAL and self.place.lease and not self.place.has_runner:
            with contextlib.suppress(Later, Refused):
                path = run_path(self.place.reference, "beat/")
                self.place.wire.post(path, {"lease": self.place.lease})

    def _is_done(self) -> bool:
        return not self.spool.waiting and not self._said

    def _rest(self, later: Later) -> None:
        self._tell(f"{later}; what is reported waits in {self.spool.path}")
        until = time.monotonic() + (later.seconds or self._pause)
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        while (left := until - time.monotonic()) > 0:
            if self._closing:
                left = min(left, 1.0, self._give_up_at - time.monotonic())
                if left > 0:
                    time.sleep(left)
                return
            self._wake.wait(min(left, GATHER))
            self._wake.clear()
            self.keep()

    def _tell(self, text: str) -> None:
        """Say it once, not at every attempt."""
        if text != self._told:
            print(f"megahub: {text}", file=sys.stderr)
            self._told = text

    # ------------------------------------------------------------------ gathering
    def keep(self) -> None:
        """Put what was said into the spool; from then on, no crash loses it."""
        with self._keeping:  # one after the other, or they would change places
            with self._lock:
                said, self._said = self._said, []
            for message in messages_of(said):
                self.spool.put(message)

    # ------------------------------------------------------------------ sending
    def _send(self) -> None:
        self._hold()
        while (message := self.spool.first()) is not None:
            self._send_one(message)
            if self._said:
                self.keep()

    def _send_one(self, message: dict[str, Any]) -> None:
        try:
            if "upload" in message:
                send_upload(self.place, message["upload"])
                answer = {}
            else:
                body = {**message, "lease": self.place.lease} if self.place.lease else message
                answer = self.place.wire.post(run_path(self.place.reference, "report/"), body)
        except Refused as refused:
            if refused.code == "LEASE_LOST":
                return self._hold_again()
            if refused.code in ("RUN_NOT_STARTED", "RUN_HELD_ELSEWHERE"):
                raise Later(str(refused), seconds=5) from None
            if refused.status in _NO_ENTRY:
                raise
            self._tell(f"{refused}; it is set aside beside {self.spool.path}")
            return self.spool.set_aside(str(refused))
        self.spool.done()
        if answer:
            self._heard(answer)
        return None

    def _heard(self, answer: dict[str, Any]) -> None:
        self._heard_at = time.monotonic()
        self.stop = str(answer.get("stop") or self.stop)
        self._told = ""

    def _beat(self) -> None:
        due = self._heard_at + self.place.lease_seconds / 3
        if not self.place.lease or time.monotonic() < due:
            return
        self.stop = str(self.place.read_file().get("stop") or self.stop)
        try:
            path = run_path(self.place.reference, "beat/")
            self._heard(self.place.wire.post(path, {"lease": self.place.lease}))
        except Refused as refused:
            if refused.code != "LEASE_LOST":
                raise
            self._hold_again()

    # ------------------------------------------------------------------ the lease
    def _hold(self) -> None:
        """Have a run and a lease; the run is made where it was only wished for."""
        if self.claimed.is_set():
            return
        if not self.place.reference:
            self._make()
        self._claim()

    def _make(self) -> None:
        body = {"job_type": "external_training", "input_data": self.place.wanted}
        key = {"Idempotency-Key": self.spool.path.stem}
        made = self.place.wire.post("/ai/jobs/", body, headers=key)
        self.place.reference = str(made["job_id"])
        self.spool.note(self.place.about())
        self._tell(f"reports to {self.place.wire.url}, run {self.place.reference}")

    def _claim(self) -> None:
        body = {"runner": self.holder[:100]}
        try:
            claim = self.place.wire.post(run_path(self.place.reference, "claim/"), body)
        except Refused as refused:
            if refused.run_status in FINAL | {"paused"}:
                # What is said now is only kept; whoever computes should stop.
                self.stop, self.place.lease = refused.run_status, ""
                self.claimed.set()
                return
            if refused.code in ("RUN_NOT_STARTED", "RUN_HELD_ELSEWHERE"):
                if self.place.facts and refused.code == "RUN_HELD_ELSEWHERE":
                    self.stop = "lost"
                raise Later(str(refused), seconds=5) from None
            raise
        self.place.take(claim)
        self._heard_at = time.monotonic()
        self.claimed.set()

    def _hold_again(self) -> None:
        before = self.place.lease
        if self.place.has_runner:
            self.place.read_file()
            if self.place.lease == before:
                raise Later("the runner is taking the run again", seconds=2)
            return
        self.claimed.clear()
        self._hold()


def messages_of(said: list[tuple[str, Any]]) -> list[dict[str, Any]]:
    """Put what was said into as few reports as their limits allow, in its order."""
    found: list[dict[str, Any]] = []
    report: dict[str, Any] = {}
    items = size = 0
    for kind, item in said:
        length = len(json.dumps(item))
        alone = kind in ("upload", "ending")
        if report and (alone or items >= MOST_ITEMS or size + length > MOST_BYTES):
            found.append(report)
            report, items, size = {}, 0, 0
        if alone:
            found.append({kind: item})
        elif kind == "progress":
            report["progress"] = {**report.get("progress", {}), **item}
        else:
            report.setdefault(kind, []).append(item)
        items, size = items + 1, size + length
    return [*found, report] if report else found
