"""Receivers of webhooks, and webhooks that lead to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.ai_core.conftest import committed, executors, fleet  # noqa: F401
from tests.ai_notices.listener import Listener


@pytest.fixture
def listen(settings) -> Iterator[Callable[..., Listener]]:
    """`listen(500, 204)` answers 500 once, then 204 for ever; the hub may call this machine."""
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    started = []

    def start(*answers: Any) -> Listener:
        started.append(Listener(*answers))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture
def hook_to(people) -> Callable[..., Any]:
    """`hook_to(listener, kinds=[…])`: the webhook and its secret."""
    from ai_notices import webhooks
    from ai_notices.models import Webhook

    def add(listener: Listener | str, *, kinds: Any = ("job.completed",), **more: Any) -> Any:
        address = listener if isinstance(listener, str) else listener.address
        facts = {"name": f"hook {Webhook.objects.count()}", "brand": people.brand, **more}
        return webhooks.add(
            facts.pop("brand"), user=people.owner, address=address, kinds=list(kinds), **facts
        )

    return add
