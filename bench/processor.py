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


def of_tree(root: int) -> float:
    """Return what a process and all that it has started have used, also those that have ended.

    Whoever has ended is in the figure of the parent that waited for it.
    """
    used: dict[int, float] = {}
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            fields = _fields(int(folder.name))
        except OSError:
            continue  # it has ended meanwhile
        used[int(folder.name)] = sum(int(field) for field in fields[11:15]) / _TICKS
        children.setdefault(int(fields[1]), []).append(int(folder.name))
    total, ours = 0.0, [root]
    while ours:
        pid = ours.pop()
        total += used.get(pid, 0.0)
        ours += children.get(pid, [])
    return total
