"""`make bench-soak`: half an hour of steady work, and what the hub holds meanwhile.

BENCH_QUICK=1: two minutes, which shows that it runs and little more. MINUTES chooses.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path

from bench import results
from bench.soak.hub import running
from bench.soak.load import Load
from bench.soak.verdict import judge
from bench.soak.watching import Sample, Watch

QUICK = os.environ.get("BENCH_QUICK") == "1"
MINUTES = float(os.environ.get("MINUTES", "2" if QUICK else "30"))
EVERY = 5.0 if QUICK else 15.0


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="megahub-soak-"))
    folder.chmod(0o711)  # PostgreSQL runs as another user where this one is root
    try:
        with running(folder) as hub, Load(hub) as load:
            samples = _watched(Watch(hub))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    _report(samples, load)


def _watched(watch: Watch) -> list[Sample]:
    samples = []
    until = time.monotonic() + 60 * MINUTES
    while time.monotonic() < until:
        time.sleep(EVERY)
        one = watch.sample()
        samples.append(one)
        memory = " ".join(f"{role} {size:.0f}" for role, size in sorted(one.megabytes.items()))
        print(
            f"{one.jobs} jobs · MB: {memory} · {one.connections} connections ·"
            f" valkey {one.valkey_megabytes:.1f} MB {one.valkey_keys} keys ·"
            f" database {one.database_megabytes:.0f} MB, dead {one.dead_share:.2f}",
            flush=True,
        )
    return samples


def _report(samples: list[Sample], load: Load) -> None:
    found = judge(samples)
    results.save("soak", found)
    print(f"\n{MINUTES:g} minutes; done: {dict(load.done)}")
    for wrong, times in load.wrong.most_common(8):
        print(f"refused or failed {times} times: {wrong}")
    for one in found:
        word = "met   " if one.met else "missed"
        print(f"{word} {one.what}: {one.value} (target {one.target}, {one.spread})")


if __name__ == "__main__":
    main()
