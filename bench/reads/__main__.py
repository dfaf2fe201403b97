"""`make bench-reads`: server time of lists, dashboards and pages on a hub with JOBS jobs.

JOBS=1000000 is what the targets speak of; BENCH_QUICK=1 takes 100,000.
"""

import os
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from bench import processor, results, services

QUICK = os.environ.get("BENCH_QUICK") == "1"
JOBS = int(os.environ.get("JOBS", "100000" if QUICK else "1000000"))
TIMES = 15


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
    from bench.reads.questions import questions

    print(f"filling a hub with {JOBS:,} jobs", file=sys.stderr)
    brand = fill(JOBS)[0]
    beside = furnish(brand, get_user_model().objects.get(username="filled-1"))
    callers = _callers(brand)
    today = datetime.now(UTC).date()
    days = {"week": str(today - timedelta(days=7)), "quarter": str(today - timedelta(days=120))}
    found = []
    for asked in questions(deep_cursor=_deep_cursor(brand), job=_job(brand)):
        if only and not any(word in asked.name for word in only):
            continue
        kind = "page" if asked.id == "PERF-10" else "all" if asked.every_brand else "key"
        address = asked.address.format(**days, **beside)
        times, worked = _times(*callers[kind], address)
        middle = statistics.median(times)
        told = f"{worked:.1f} of work, {_queries(*callers[kind], address)} queries"
        print(f"{asked.name}: {middle:.1f} ms, {told}", file=sys.stderr, flush=True)
        found.append(
            results.Result(
                asked.id,
                asked.name,
                round(middle, 1),
                f"≤ {asked.target:.0f} ms",
                middle <= asked.target,
                f"{results.spread(times, 1)}; {told}",
            )
        )
    return found


def _callers(brand: Any) -> dict[str, tuple[Any, dict[str, str]]]:
    """Return a client and its headers: a key of the brand, a superuser's session, a member's."""
    from django.contrib.auth import get_user_model
    from django.test import Client

    from brands import keys
    from brands.rights import Right

    people = get_user_model()
    member = people.objects.get(username="filled-1")
    key = keys.issue(user=member, brand=brand, name="reads", right=Right.MANAGE)
    root = people.objects.create(username="root", is_superuser=True, is_staff=True)
    clients: dict[str, Any] = {
        "all": Client(SERVER_NAME="localhost"),
        "page": Client(SERVER_NAME="localhost"),
    }
    clients["all"].force_login(root)
    clients["page"].force_login(member)
    return {
        "key": (Client(SERVER_NAME="localhost"), {"authorization": f"Bearer {key.token}"}),
        "all": (clients["all"], {}),
        "page": (clients["page"], {}),
    }


def _deep_cursor(brand: Any) -> str:
    from ai_core.models import AIJob
    from brands.api.pagination import _encode

    jobs = AIJob.objects.for_brand(brand).order_by("-created_at", "-id")
    middle = jobs[jobs.count() // 2]
    return _encode(middle.created_at, middle.pk, backwards=False)


def _job(brand: Any) -> int:
    from ai_core.models import AIJob

    return AIJob.objects.for_brand(brand).filter(status="completed")[0].pk


def _times(client: Any, headers: dict[str, str], address: str) -> tuple[list[float], float]:
    """Return how long each answer took, and the processor time of one: ours and PostgreSQL's.

    The second says something on a machine that does other work meanwhile, too.
    """
    times = []
    before = 0.0
    for turn in range(TIMES + 3):
        if turn == 3:
            before = _worked()
        begun = time.perf_counter()
        answer = client.get(address, headers=headers)
        spent = 1000 * (time.perf_counter() - begun)
        if answer.status_code != 200:
            raise SystemExit(f"{address}: {answer.status_code} {answer.content[:300]!r}")
        if turn >= 3:
            times.append(spent)
    return times, 1000 * (_worked() - before) / TIMES


def _queries(client: Any, headers: dict[str, str], address: str) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        client.get(address, headers=headers)
    return len(queries)


def _worked() -> float:
    from django.db import connection

    return time.thread_time() + processor.seconds(connection.connection.info.backend_pid)


def _report(found: list[results.Result]) -> None:
    results.save(f"reads-{JOBS}", found)
    print(f"\n| {JOBS:,} jobs | median ms | spread; work | target |\n| --- | --: | --: | --: |")
    for one in found:
        missed = "" if one.met else " **missed**"
        print(f"| {one.what} | {one.value} | {one.spread} | {one.target}{missed} |")


if __name__ == "__main__":
    main()
