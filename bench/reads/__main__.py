"""`make bench-reads`: server time of lists, dashboards and pages on a hub with JOBS jobs.

JOBS=1000000 is what the targets speak of; BENCH_QUICK=1 takes 100,000.
"""

import os
import sys

from bench import results, services
from bench.reads import asking

QUICK = os.environ.get("BENCH_QUICK") == "1"
JOBS = int(os.environ.get("JOBS", "100000" if QUICK else "1000000"))


def main() -> None:
    with services.running() as environment:
        os.environ.update(environment)
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        _report(_measure(only=sys.argv[1:]))


def _measure(*, only: list[str]) -> list[results.Result]:
    from django.contrib.auth import get_user_model

    from bench.fill.filling import fill
    from bench.reads.beside import furnish

    print(f"filling a hub with {JOBS:,} jobs", file=sys.stderr)
    brand = fill(JOBS)[0]
    beside = furnish(brand, get_user_model().objects.get(username="filled-1"))
    return [
        results.Result(
            one.asked.id,
            one.asked.name,
            round(one.median, 1),
            f"≤ {one.asked.target:.0f} ms",
            one.median <= one.asked.target,
            f"{results.spread(one.times, 1)}; {one.worked:.1f} of work, {one.queries} queries",
        )
        for one in asking.answers(brand, beside, asking.callers_of(brand), only=only)
    ]


def _report(found: list[results.Result]) -> None:
    results.save(f"reads-{JOBS}", found)
    print(f"\n| {JOBS:,} jobs | median ms | spread; work | target |\n| --- | --: | --: | --: |")
    for one in found:
        missed = "" if one.met else " **missed**"
        print(f"| {one.what} | {one.value} | {one.spread} | {one.target}{missed} |")


if __name__ == "__main__":
    main()
