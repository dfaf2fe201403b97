"""`make bench-growth`: PERF-05 at 1, 5 and 10 million jobs, and PERF-01's flat cost of a job.

SIZES chooses (`SIZES=1000000,10000000`); BENCH_QUICK=1 takes 50,000 and 500,000. Forty minutes and
thirty gigabytes. The processor time of an answer stands beside its clock: it says something on a
machine that does other work meanwhile, too.
"""

from __future__ import annotations

import os
import statistics
import sys
from typing import Any

from bench import results, services
from bench.growth.backlog import costs_of_a_job
from bench.reads import asking

QUICK = os.environ.get("BENCH_QUICK") == "1"
DEFAULT = "50000,500000" if QUICK else "1000000,5000000,10000000"
SIZES = [int(size) for size in os.environ.get("SIZES", DEFAULT).split(",")]
BACKLOGS = [1_000, 100_000] if QUICK else [1_000, 100_000, 1_000_000]
MOST = 1.3
NOTHING = 3.0  # milliseconds: a quotient of less says nothing

Answers = dict[str, tuple[float, float]]  # name → median and work, in milliseconds


def main() -> None:
    with services.running() as environment:
        os.environ.update(environment)
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        grown = _grown()
        _report(grown, costs_of_a_job(BACKLOGS))


def _grown() -> dict[int, Answers]:
    from django.contrib.auth import get_user_model

    from bench.fill.filling import fill
    from bench.reads.beside import furnish

    found: dict[int, Answers] = {}
    callers: Any = None
    beside: dict[str, Any] = {}
    so_far = 0
    for size in SIZES:
        print(f"growing to {size:,} jobs", file=sys.stderr, flush=True)
        brand = fill(size - so_far)[0]
        so_far = size
        if callers is None:
            beside = furnish(brand, get_user_model().objects.get(username="filled-1"))
            callers = asking.callers_of(brand)
        found[size] = {
            one.asked.name: (one.median, one.worked)
            for one in asking.answers(brand, beside, callers, only=[])
        }
    return found


def _report(grown: dict[int, Answers], jobs: dict[int, dict[str, float]]) -> None:
    small, large = grown[SIZES[0]], grown[SIZES[-1]]
    rows = []
    print(
        "\n| what | " + " | ".join(f"{size:,}: ms (work)" for size in SIZES) + " | ratio of work |"
    )
    print("| --- |" + " --: |" * (len(SIZES) + 1))
    ratios = []
    for name in small:
        ratio = large[name][1] / max(small[name][1], NOTHING)
        ratios.append(ratio)
        cells = [f"{grown[size][name][0]:.1f} ({grown[size][name][1]:.1f})" for size in SIZES]
        mark = "" if ratio <= MOST else " **missed**"
        print(f"| {name} | {' | '.join(cells)} | {ratio:.2f}{mark} |")
        rows.append(_row(f"growth: {name}, work at {SIZES[-1]:,} ÷ at {SIZES[0]:,}", ratio))
    print(f"median of all: {statistics.median(ratios):.2f}")
    for act in next(iter(jobs.values())):
        figures = [jobs[size][act] for size in BACKLOGS]
        print(f"{act}, ms of work a job behind {BACKLOGS}: {[round(one, 2) for one in figures]}")
        ratio = figures[-1] / figures[0]
        rows.append(_row(f"{act} a job behind {BACKLOGS[-1]:,} waiting ÷ behind 1,000", ratio))
    results.save("growth", rows)


def _row(what: str, ratio: float) -> results.Result:
    kind = "PERF-05" if what.startswith("growth") else "PERF-01"
    return results.Result(kind, what, round(ratio, 2), f"≤ {MOST}", ratio <= MOST, "once")


if __name__ == "__main__":
    main()
