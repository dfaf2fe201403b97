"""Processor time of a process: what it cost, however busy the machine was meanwhile."""

import os
from contextlib import suppress
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def seconds(pid: int) -> float:
    """Return what the process has used so far, in user and kernel mode."""
    fields = _fields(pid)
    return (int(fields[11]) + int(fields[12])) / _TICKS


def parent(pid: int) -> int:
    return int(_fields(pid)[1])


def seconds_of_family(pid: int) -> float:
    """Return what the process and its living children have used: all of a PostgreSQL, say."""
    used = seconds(pid)
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has just ended
            if parent(int(place.name)) == pid:
                used += seconds(int(place.name))
    return used


def _fields(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
