"""Follows a job until it is over: its status, or its log. An outage of a minute is sat out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from megahub.client.exits import Exit, Stop
from megahub.client.hub import Hub, Unreachable, job_path

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 5.0
SIT_OUT = 60.0
_LOG_PAGE = 1_000


class Patience:
    """How long to wait for the next look, and when to give up."""

    def __init__(self, timeout: float | None) -> None:
        self.until = None if timeout is None else time.monotonic() + timeout
        self.pause = FIRST_PAUSE
        self._silent_since: float | None = None

    def ask(self, call: Callable[[], Any]) -> Any:
        """Call the hub; while it does not answer, None, until that lasts too long."""
        try:
            answer = call()
        except Unreachable:
            now = time.monotonic()
            self._silent_since = self._silent_since or now
            if now - self._silent_since > SIT_OUT:
                raise
            return None
        self._silent_since = None
        return answer

    def rest(self, what: str) -> None:
        left = LONGEST_PAUSE if self.until is None else self.until - time.monotonic()
        if left <= 0:
            raise Stop(f"{what} is not over yet.", Exit.NOT_IN_TIME)
        time.sleep(min(self.pause, left))
        self.pause = min(self.pause * 1.5, LONGEST_PAUSE)

    def hurry(self) -> None:
        """Something has happened: look again soon."""
        self.pause = FIRST_PAUSE


def until_over(hub: Hub, reference: str, *, timeout: float | None = None) -> dict[str, Any]:
    """Return the job's status when it is final."""
    patience, tag = Patience(timeout), ""
    while True:
        known = tag
        answer = patience.ask(lambda: hub.get_if_changed(job_path(reference, "status/"), known))  # noqa: B023
        if answer is not None:
            found, tag = answer
            if found is not None:
                if found["is_final"]:
                    return dict(found)
                patience.hurry()
        patience.rest(f"Job {reference}")


def log_lines(
    hub: Hub, reference: str, *, follow: bool, tail: int | None = None, level: str | None = None
) -> Iterator[dict[str, Any]]:
    """Yield the lines of a log; when followed, until the job is over."""
    patience, after = Patience(None), 0
    while True:
        query = {"after": after, "limit": _LOG_PAGE, "level": level, "tail": tail}
        page = patience.ask(lambda: hub.get(job_path(reference, "logs/"), **query))  # noqa: B023
        if page is not None:
            yield from page["results"]
            after, tail = page["next_after"], None
            if page["has_more"]:
                continue
            if not follow or page["is_final"]:
                return
            if page["results"]:
                patience.hurry()
        patience.rest(f"Job {reference}")
