"""`make bench-start`: PERF-09, a warm start of the whole hub, and what it holds at rest."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from bench import results
from megahub.embedded import free_port

ROOT = Path(__file__).resolve().parents[1]
QUICK = os.environ.get("BENCH_QUICK") == "1"
STARTS = 3 if QUICK else 7
START_SECONDS = 180
REST_SECONDS = 5 if QUICK else 20
MOST_SECONDS, MOST_MB = 6, 700


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="megahub-start-"))
    try:
        first, _ = _start(folder, rest=0)
        starts, memory = [], []
        for _ in range(STARTS):
            seconds, megabytes = _start(folder, rest=REST_SECONDS)
            starts.append(seconds)
            memory.append(megabytes)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    _report(first, starts, memory)


def _start(folder: Path, *, rest: float) -> tuple[float, float]:
    """Return the seconds to the first «ready», and the megabytes of all processes after a rest."""
    port = free_port()
    begun = time.perf_counter()
    hub = subprocess.Popen(
        [sys.executable, "manage.py", "up"],
        cwd=ROOT,
        env={**os.environ, "PORT": str(port), "MEGAHUB_DATA": str(folder / "data")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_ready(hub, f"http://127.0.0.1:{port}/readyz")
        seconds = time.perf_counter() - begun
        time.sleep(rest)
        return seconds, sum(memory(pid) for pid in [hub.pid, *descendants(hub.pid)]) / 1024
    finally:
        hub.send_signal(signal.SIGTERM)
        hub.wait(60)


def _wait_until_ready(hub: "subprocess.Popen[bytes]", url: str) -> None:
    until = time.monotonic() + START_SECONDS
    while hub.poll() is None and time.monotonic() < until:
        try:
            urllib.request.urlopen(url, timeout=1)
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise SystemExit("the hub does not get ready")


def descendants(pid: int) -> list[int]:
    """All processes below this one: PostgreSQL and Valkey are among them."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int(
                (folder / "stat").read_text().rsplit(")", 1)[1].split()[1]
            )
        except OSError:
            continue
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found[1:]


def memory(pid: int, kind: str = "Pss") -> int:
    """The proportional share in kB: what is shared counts once."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith(f"{kind}:"))


def _report(first: float, starts: list[float], memory: list[float]) -> None:
    warm, held = results.median(starts), results.median(memory)
    found = [
        results.Result(
            "PERF-09", "first start with demo content, seconds", round(first, 1), "–", None, "once"
        ),
        results.Result(
            "PERF-09", "warm start to ready, seconds", round(warm, 1), f"≤ {MOST_SECONDS}",
            warm <= MOST_SECONDS, results.spread(starts, 1),
        ),
        results.Result(
            "PERF-09", "memory of the idle hub with its services, MB", round(held),
            f"≤ {MOST_MB}", held <= MOST_MB, results.spread(memory),
        ),
    ]  # fmt: skip
    results.save("start", found)
    for one in found:
        word = {True: "met   ", False: "missed", None: "      "}[one.met]
        print(f"{word} {one.id} {one.what}: {one.value} (target {one.target}, {one.spread})")


if __name__ == "__main__":
    main()
