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
    hands = [
        threading.Thread(target=_do, args=(duty, stop), name=f"{duty.name}-{hand}", daemon=True)
        for duty in _duties.values()
        for hand in range(duty.hands)
    ]
    for hand in hands:
        hand.start()
    return hands


def _do(duty: Duty, stop: threading.Event) -> None:
    more = False
    while not stop.wait(0 if more else settings.SWEEP_SECONDS):
        more = False
        try:
            more = duty.act()
        except Error as error:
            log.warning("%s: no work without a database: %s", duty.name, error)
            connection.close()
        except Exception:
            log.exception("%s failed, and goes on", duty.name)
    connection.close()
