"""The door for what goes on beside the sweep: an app's own loop, in every sweeper process.

Any number of sweepers may run, and of each duty so many hands: what a duty does must be idempotent,
or be claimed row by row. Its app registers it in its `ai_extension.py`.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.db import Error, connection

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Duty:
    """`act` does a little and returns; True: there is more, go on at once."""

    name: str
    act: Callable[[], bool]
    hands: int = 1


_duties: dict[str, Duty] = {}


def register(duty: Duty) -> None:
    if duty.name in _duties:
        raise ValueError(f"There are two duties named {duty.name!r}")
    _duties[duty.name] = duty


def begin(stop: threading.Event) -> list[threading.Thread]:
    """Do every duty until `stop`; a hand that hangs dies with the process."""
    hands = []
    for duty in _duties.values():
        busy = threading.Event()
        for hand in range(duty.hands):
            facts = {"duty": duty, "stop": stop, "busy": busy, "looks": hand == 0}
            name = f"{duty.name}-{hand}"
            hands.append(threading.Thread(target=_do, kwargs=facts, name=name, daemon=True))
    for thread in hands:
        thread.start()
    return hands


def _do(duty: Duty, stop: threading.Event, busy: threading.Event, *, looks: bool) -> None:
    """Act again and again. One hand looks for work; the others help, and hold nothing meanwhile."""
    more = False
    while not stop.wait(0 if more else settings.SWEEP_SECONDS):
        if looks or more or busy.is_set():
            more = _acted(duty)
            if more:
                busy.set()
            elif looks:
                busy.clear()
            if not more and not looks:
                connection.close()
    connection.close()


def _acted(duty: Duty) -> bool:
    try:
        return duty.act()
    except Error as error:
        log.warning("%s: no work without a database: %s", duty.name, error)
        connection.close()
    except Exception:
        log.exception("%s failed, and goes on", duty.name)
    return False
