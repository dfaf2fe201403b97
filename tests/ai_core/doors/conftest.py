"""The doors' tests use jobs that came to their states by the verbs, as those of the main door."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.ai_core.api.conftest import make

if TYPE_CHECKING:
    import ovh

    from ai_core.models import AIJob
    from brands.models import Brand
    from brands.rights import Right


@pytest.fixture
def make_job(people: Any) -> Callable[..., AIJob]:
    """`make_job(status="failed", user=…, **details)`"""
    return lambda status="pending", **facts: make(people, status, **facts)


TRAINING = {
    "name": "finetune-llm",
    "image": "pytorch/pytorch:2.1-cuda12",
    "region": "GRA",
    "resources": {"gpu": 2, "gpu_model": "A100"},
}


@pytest.fixture
def make_training(people: Any) -> Callable[..., AIJob]:
    """The same for trainings that somebody else computes."""
    return lambda status="pending", **facts: make(
        people, status, **{"job_type": "external_training", "input_data": TRAINING, **facts}
    )


@pytest.fixture
def registered(transactional_db: None) -> None:
    """Job types, in a database that a server's threads see."""
    from ai_core.execution import registry

    registry.sync()


@pytest.fixture
def ovh_as(
    registered: None, live_server: Any, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., ovh.Client]:
    """`ovh_as(user, brand, right=…)`: OVH's own client, pointed at a server of this test."""
    import ovh

    from ai_core import ovh_keys
    from brands.rights import Right

    monkeypatch.setitem(ovh.client.ENDPOINTS, "ovh-eu", f"{live_server.url}/1.0")

    def client(user: Any, brand: Brand, right: Right = Right.MANAGE, **changed: str) -> ovh.Client:
        new = ovh_keys.issue(user=user, brand=brand, name="test", right=right)
        given = {
            "application_key": new.key.application_key,
            "application_secret": new.application_secret,
            "consumer_key": new.consumer_key,
            **changed,
        }
        return ovh.Client(endpoint="ovh-eu", **given)

    return client
