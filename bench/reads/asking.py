"""Asks a full hub every question, and says what each answer took."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bench import processor
from bench.reads.questions import Question, questions

TIMES = 15


@dataclass(frozen=True)
class Answer:
    asked: Question
    times: list[float]
    worked: float
    queries: int

    @property
    def median(self) -> float:
        return statistics.median(self.times)


def answers(brand: Any, beside: Any, callers: Any, *, only: list[str]) -> Iterator[Answer]:
    today = datetime.now(UTC).date()
    days = {"week": str(today - timedelta(days=7)), "quarter": str(today - timedelta(days=120))}
    for asked in questions(deep_cursor=_deep_cursor(brand), job=_job(brand)):
        if only and not any(word in asked.name for word in only):
            continue
        kind = "page" if asked.id == "PERF-10" else "all" if asked.every_brand else "key"
        address = asked.address.format(**days, **beside)
        times, worked = _times(*callers[kind], address)
        one = Answer(asked, times, worked, _queries(*callers[kind], address))
        told = f"{one.worked:.1f} of work, {one.queries} queries"
        print(f"{asked.name}: {one.median:.1f} ms, {told}", file=sys.stderr, flush=True)
        yield one


def callers_of(brand: Any) -> dict[str, tuple[Any, dict[str, str]]]:
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
