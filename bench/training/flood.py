"""A thousand progress events a second into one run, and what the API does meanwhile."""

import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from bench.training.hub import Hub

LOOKS = 20  # readers' calls a second


@dataclass(frozen=True, kw_only=True)
class Flood:
    """What was said in one way, what arrived, and how the API answered others."""

    said: int
    seconds: float
    read_p95_ms: float
    web_ms_each: float  # processor time of the web process for each event, readers included
    answer_p95_ms: float | None
    writes_a_second: float
    refused: int
    lost: int
    is_in_order: bool


def measure(hub: Hub, way: str, seconds: float) -> Flood:
    made = hub.make_run()
    given = {
        "url": hub.url, "job_id": made["job_id"], "seconds": seconds,
        "secret": made["training"]["webhook"]["secret"],
    }  # fmt: skip
    before, worked = _updates(), hub.processor_seconds()
    with tempfile.TemporaryDirectory() as folder:
        sender = subprocess.Popen(
            [sys.executable, "-m", "bench.training.senders", way, json.dumps(given)],
            env={
                **os.environ, "MEGAHUB_URL": hub.url, "MEGAHUB_API_KEY": hub.key,
                "MEGAHUB_SPOOL": folder,
            },
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        reads = _read(hub, made["id"], lambda: sender.poll() is None)
        told = json.loads(sender.communicate()[0])
    if sender.returncode:
        raise SystemExit(f"{way}: the sender ended with {sender.returncode}")
    worked = hub.processor_seconds() - worked
    writes = _settled_updates() - before
    steps = _steps(made["id"])
    return Flood(
        said=told["said"],
        seconds=told["seconds"],
        read_p95_ms=_p95(reads),
        web_ms_each=1000 * worked / told["said"],
        answer_p95_ms=told["answer_p95_ms"],
        writes_a_second=writes / told["seconds"],
        refused=told["refused"],
        lost=told["said"] - len(set(steps)),
        is_in_order=_in_order(made["id"], way) and len(steps) == len(set(steps)),
    )


def measure_rest(hub: Hub, seconds: float) -> float:
    """How the API answers the same calls while nobody reports: p95, milliseconds."""
    until = time.monotonic() + seconds
    return _p95(_read(hub, hub.make_run()["id"], lambda: time.monotonic() < until))


def _p95(figures: list[float]) -> float:
    return statistics.quantiles(figures, n=20)[18]


def _read(hub: Hub, number: int, go_on: Callable[[], bool]) -> list[float]:
    """What people and programs ask while it reports, in turn; milliseconds of each."""
    paths = [
        f"/ai/jobs/{number}/status/", f"/ai/training/runs/{number}/",
        f"/ai/training/runs/{number}/metrics/?latest=true", "/ai/training/runs/", "/ai/jobs/",
        f"/ai/training/runs/{number}/cost/",
    ]  # fmt: skip
    connection = http.client.HTTPConnection(urlsplit(hub.url).netloc, timeout=60)
    found: list[float] = []
    while go_on():
        begun = time.perf_counter()
        path = paths[len(found) % len(paths)]
        connection.request("GET", path, headers={"Authorization": f"Bearer {hub.key}"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path} answers {answer.status}")
        found.append(1000 * (time.perf_counter() - begun))
        time.sleep(max(0.0, 1 / LOOKS - (time.perf_counter() - begun)))
    return found


def _updates() -> int:
    """How often rows of runs were written, as the database counts it."""
    return _row(
        "SELECT n_tup_upd FROM pg_stat_user_tables WHERE relname = 'ai_training_trainingrun'", []
    )[0]


def _settled_updates() -> int:
    """Sessions tell their counts at most once a second: wait until they rest."""
    last = -1
    while (now := _updates()) != last:
        last = now
        time.sleep(2.5)
    return now


def _steps(number: int) -> list[int]:
    statement = "SELECT array_agg(step ORDER BY step) FROM ai_core_jobmetric WHERE job_id = %s"
    return _row(statement, [number])[0] or []


_SAID = """
SELECT array_agg((payload->>'step')::bigint ORDER BY id) FROM ai_core_jobevent
WHERE job_id = %s AND payload ? 'step'
"""


def _in_order(number: int, way: str) -> bool:
    """Whether each sender's events lie in the log as they were said; the SDK's are no events."""
    from bench.training import senders

    said = _row(_SAID, [number])[0] or []
    if way == "batches":
        size = senders.RATE // (senders.SENDERS * senders.BATCHES)
        whose = [(step - 1) // size % senders.SENDERS for step in said]
    else:
        whose = [(step - 1) % senders.CROWD for step in said]
    of_each: dict[int, list[int]] = {}
    for one, step in zip(whose, said, strict=True):
        of_each.setdefault(one, []).append(step)
    return all(steps == sorted(steps) for steps in of_each.values())


def _row(statement: str, values: list[Any]) -> Any:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()
