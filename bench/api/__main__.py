"""`make bench-api`: PERF-03 and PERF-04, list and create, next to a plain ModelSerializer.

Both are served by the same web process; they take turns within one run.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import time
from typing import Any

import aiohttp

from bench import processor, results, services

QUICK = os.environ.get("BENCH_QUICK") == "1"
CALLERS = 16
SECONDS = 2.0 if QUICK else 4.0
ROUNDS = 2 if QUICK else 5
JOBS = 2_000
BULK, BULKS = 1_000, 5 if QUICK else 15
NEW = {"job_type": "sleep", "input_data": {"seconds": 0}, "description": "Of the bench"}


def main() -> None:
    with services.running() as environment:
        os.environ.update(environment, DJANGO_SETTINGS_MODULE="bench.api.settings")
        import django

        django.setup()
        key = _prepare()
        from megahub.embedded import free_port

        port = free_port()
        web = subprocess.Popen(
            [sys.executable, "manage.py", "web"],
            env={**os.environ, "PORT": str(port)},
            stdout=subprocess.DEVNULL,
        )
        try:
            work = Work(web.pid)
            figures = asyncio.run(_measure(f"http://127.0.0.1:{port}", key, work))
        finally:
            web.terminate()
            web.wait(30)
        figures["bulk in the service"] = _bulk_in_the_service()
    _report(figures, work)


def _prepare() -> str:
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.db import connection

    from bench.api.peer.models import PeerJob
    from bench.fill.filling import fill
    from brands import keys
    from brands.rights import Right

    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(PeerJob)
    brand = fill(JOBS)[0]
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO peer_peerjob (job_type_id, brand_id, created_by_id, status, priority,
              progress_percentage, description, input_data, result_data, error_message, is_async,
              task_id, created_at, started_at, completed_at)
            SELECT job_type_id, brand_id, created_by_id, status, 'normal', progress_percentage,
              description, d.input_data, d.result_data, error_message, is_async, task_id,
              created_at, started_at, completed_at
            FROM ai_core_aijob j JOIN ai_core_aijobdata d ON d.job_id = j.id ORDER BY j.id"""
        )
        cursor.execute("VACUUM ANALYZE")
    user = get_user_model().objects.get(username="filled-1")
    return str(keys.issue(user=user, brand=brand, name="bench", right=Right.MANAGE).token)


class Work:
    """Processor milliseconds of an answer, ours and PostgreSQL's: true on a busy machine, too."""

    def __init__(self, web: int) -> None:
        from django.db import connection

        connection.ensure_connection()
        self._web = web
        self._database = processor.parent(connection.connection.info.backend_pid)
        self.spent: dict[str, list[float]] = {}

    def now(self) -> float:
        return processor.seconds(self._web) + processor.seconds_of_family(self._database)

    def note(self, name: str, since: float, answers: float) -> None:
        self.spent.setdefault(name, []).append(1000 * (self.now() - since) / answers)


async def _measure(hub: str, key: str, work: Work) -> dict[str, list[float]]:
    headers = {"Authorization": f"Bearer {key}"}
    questions: dict[str, Any] = {
        "list": ("GET", "/ai/jobs/", None, headers),
        "list, peer": ("GET", "/peer/jobs/", None, {}),
        "create": ("POST", "/ai/jobs/", NEW, headers),
        "create, peer": ("POST", "/peer/jobs/", NEW, {}),
    }
    figures: dict[str, list[float]] = {name: [] for name in [*questions, "bulk by the API"]}
    connector = aiohttp.TCPConnector(limit=CALLERS)
    async with aiohttp.ClientSession(hub, connector=connector) as session:
        await _until_ready(session)
        for question in questions.values():
            await _rate(session, question, seconds=1.0)
        for turn in range(ROUNDS):
            for name, question in questions.items():
                begun = work.now()
                figures[name].append(await _rate(session, question, seconds=SECONDS))
                work.note(name, begun, figures[name][-1] * SECONDS)
                print(f"round {turn + 1} {name}: {figures[name][-1]:.0f}", flush=True)
        for _ in range(BULKS):
            begun = time.perf_counter()
            await _ask(session, ("POST", "/ai/jobs/bulk/", {"jobs": [NEW] * BULK}, headers))
            figures["bulk by the API"].append(BULK / (time.perf_counter() - begun))
    return figures


async def _rate(session: aiohttp.ClientSession, question: Any, *, seconds: float) -> float:
    """Return the answers a second that so many callers get who ask again and again."""
    ends = time.perf_counter() + seconds
    answered = 0

    async def caller() -> None:
        nonlocal answered
        while time.perf_counter() < ends:
            await _ask(session, question)
            answered += 1

    begun = time.perf_counter()
    await asyncio.gather(*[caller() for _ in range(CALLERS)])
    return answered / (time.perf_counter() - begun)


async def _ask(session: aiohttp.ClientSession, question: Any) -> None:
    method, address, body, headers = question
    async with session.request(method, address, json=body, headers=headers) as answer:
        text = await answer.read()
        if answer.status not in (200, 201):
            raise SystemExit(f"{address}: {answer.status} {text[:300]!r}")


async def _until_ready(session: aiohttp.ClientSession) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            async with session.get("/healthz"):
                return
        except aiohttp.ClientError:
            await asyncio.sleep(0.1)
    raise SystemExit("the web process does not answer")


def _bulk_in_the_service() -> list[float]:
    from ai_core.services import JobService, NewJob
    from brands.models import Brand

    brand, rates = Brand.objects.get(slug="filled-1"), []
    wanted = [NewJob(job_type="sleep", input_data={"seconds": 0})] * BULK
    for _ in range(BULKS):
        begun = time.perf_counter()
        JobService.create_jobs(wanted, user=None, brand=brand)
        rates.append(BULK / (time.perf_counter() - begun))
    return rates


def _report(figures: dict[str, list[float]], work: Work) -> None:
    found = []
    for id_, name, least in [("PERF-04", "list", 3.0), ("PERF-03", "create", 1.5)]:
        pairs = zip(figures[name], figures[f"{name}, peer"], strict=True)
        ratios = [ours / theirs for ours, theirs in pairs]
        ratio = statistics.median(ratios)
        found.append(
            results.Result(
                id_, f"{name}, times ModelSerializer", round(ratio, 2), f"≥ {least}",
                ratio >= least, results.spread(ratios, 2),
            )
        )  # fmt: skip
        spent, peers = work.spent[name], work.spent[f"{name}, peer"]
        less = [theirs / ours for ours, theirs in zip(spent, peers, strict=True)]
        found.append(
            results.Result(
                id_, f"{name}, ModelSerializer's processor time, times ours",
                round(statistics.median(less), 2), "–", None,
                f"{results.spread(less, 2)}; {statistics.median(spent):.1f} ms and "
                f"{statistics.median(peers):.1f} ms",
            )
        )  # fmt: skip
    for name in ("bulk in the service", "bulk by the API"):
        rate = statistics.median(figures[name])
        least = 10_000 if name == "bulk in the service" else None
        found.append(
            results.Result(
                "PERF-03", f"{name}, jobs/s", round(rate), f"≥ {least}" if least else "–",
                rate >= least if least else None, results.spread(figures[name]),
            )
        )  # fmt: skip
    results.save("api", found)
    for name, rates in figures.items():
        print(f"{name}: {statistics.median(rates):.0f} a second ({results.spread(rates)})")
    for one in found:
        word = {True: "met   ", False: "missed", None: "      "}[one.met]
        print(f"{word} {one.id} {one.what}: {one.value} (target {one.target}, {one.spread})")


if __name__ == "__main__":
    main()
