"""What a check-up says: fine, worth a look, or broken, and then how to mend it.

`manage.py doctor` asks every app: `<app>/checkups.py` lists its `CHECKUPS`, functions that yield
findings. One that counts everything anew is marked `thorough`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

Checkup = Callable[[], Iterator["Finding"]]


class State(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's; `mend` is empty when nothing has to be done."""

    part: str
    state: State
    says: str
    mend: str = ""


def fine(part: str, says: str) -> Finding:
    return Finding(part, State.OK, says)


def odd(part: str, says: str, *, mend: str) -> Finding:
    return Finding(part, State.WARNING, says, mend)


def broken(part: str, says: str, *, mend: str) -> Finding:
    return Finding(part, State.FAILED, says, mend)


def thorough(checkup: Checkup) -> Checkup:
    """Mark a check-up whose time grows with all that there is: `--quick` leaves it out."""
    checkup.is_thorough = True  # type: ignore[attr-defined]
    return checkup
