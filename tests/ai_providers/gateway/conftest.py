"""A web process on the tests' database: the fake provider behind it, the official SDK before."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.ai_core.streams.server import WebProcess

HELLO = [{"role": "user", "content": "Que font les chouettes la nuit ?"}]
MODELS = [
    "ok", "echo", "slow-1", "slow-5", "drip", "drip-20", "mute", "e400", "e401", "e404", "e429",
    "e429-long", "equota", "e500", "e503", "flaky", "cut", "errevent", "garbled", "nousage",
    "tool", "filter",
]  # fmt: skip


@pytest.fixture(scope="session")
def web(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any
) -> Iterator[WebProcess]:
    with django_db_blocker.unblock():
        process = WebProcess(tmp_path_factory.mktemp("web"), MEGAHUB_OUTBOUND_ALLOW="127.0.0.0/8")
    try:
        yield process
    finally:
        process.end()


@pytest.fixture
def brand(people: Any, committed_types: None, make_provider: Any, priced: Any) -> Any:
    make_provider(people.brand, models=MODELS)
    for model in MODELS:
        priced(model, "10", "20")
    return people.brand


@pytest.fixture
def token(brand: Any, people: Any) -> str:
    from tests import factories

    return factories.make_key(people.owner, brand).token


@pytest.fixture
def sdk(web: WebProcess, token: str) -> Iterator[Callable[..., Any]]:
    """`sdk(timeout=…, max_retries=…)`: the official client; without retries unless said."""
    from openai import OpenAI

    opened = []

    def make(**wanted: Any) -> Any:
        wanted = {"api_key": token, "max_retries": 0, "timeout": 30.0, **wanted}
        opened.append(OpenAI(base_url=f"http://127.0.0.1:{web.port}/v1", **wanted))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


@pytest.fixture
def asdk(web: WebProcess, token: str) -> Callable[..., Any]:
    from openai import AsyncOpenAI

    def make(**wanted: Any) -> Any:
        wanted = {"api_key": token, "max_retries": 0, "timeout": 30.0, **wanted}
        return AsyncOpenAI(base_url=f"http://127.0.0.1:{web.port}/v1", **wanted)

    return make


def settled(seconds: float = 15.0, *, jobs: int = 1) -> list[Any]:
    """Wait until so many jobs are over, and return them, oldest first."""
    from ai_core.models import AIJob
    from ai_core.statuses import FINAL

    until = time.monotonic() + seconds
    while True:
        found = list(AIJob.objects.select_related("data", "job_type").order_by("id"))
        if len(found) >= jobs and all(job.status in FINAL for job in found):
            return found
        assert time.monotonic() < until, [(job.status, job.error_message) for job in found]
        time.sleep(0.05)
