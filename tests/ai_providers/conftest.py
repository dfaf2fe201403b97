"""What tests of providers start from: a brand, the fake provider, and job types in the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

CANARY = "sk-canary-7f3b9d2e8a61c450"


@pytest.fixture(autouse=True, scope="session")
def patient_limits() -> None:
    """Circuits fail open when Valkey is late, and a busy test machine makes it late."""
    from ai_providers import limits

    limits.PATIENCE_SECONDS = 15.0
    limits._client.cache_clear()
    limits._script.cache_clear()


@pytest.fixture(scope="session")
def running_fake() -> Iterator[Any]:
    from tests.ai_providers.fakes import RunningFake

    fake = RunningFake()
    yield fake
    fake.stop()


@pytest.fixture
def fake(running_fake: Any, settings: Any) -> Any:
    """The fake provider with nothing noted yet, and the hub allowed to call it."""
    settings.OUTBOUND_ALLOW = ["127.0.0.0/8"]
    inside = running_fake.inside
    for notes in (inside.calls, inside.finished, inside.hung_up, inside._flaky):
        notes.clear()
    inside.keys.clear()
    inside.bodies.clear()
    return running_fake


@pytest.fixture
def job_types(db: Any) -> None:
    from ai_core.execution import registry

    registry.sync()


@pytest.fixture
def committed_types(transactional_db: Any) -> None:
    from ai_core.execution import registry

    registry.sync()


@pytest.fixture
def make_provider(fake: Any) -> Callable[..., Any]:
    """`make_provider(brand, models=[…])`: a provider of the brand that is the fake one."""
    from ai_providers import credentials
    from ai_providers.models import Provider

    def make(brand: Any, name: str = "acme", *, key: str = CANARY, **fields: Any) -> Any:
        models = fields.pop("models", None)
        provider = Provider(
            brand=brand,
            name=name,
            kind=fields.pop("kind", "openai_compatible"),
            base_url=fields.pop("base_url", fake.base_url),
            model_names=["ok"] if models is None else models,
            **fields,
        )
        credentials.seal(provider, key)
        provider.save()
        return provider

    return make


@pytest.fixture
def priced() -> Callable[..., Any]:
    """`priced("ok", "10", "20")`: what a million tokens cost."""
    from datetime import UTC, datetime

    from ai_providers.models import ModelPrice

    def price(model: str = "ok", into: str = "10", out: str = "20", **fields: Any) -> Any:
        fields.setdefault("valid_from", datetime(2020, 1, 1, tzinfo=UTC))
        return ModelPrice.objects.create(
            model=model, input_per_million=into, output_per_million=out, **fields
        )

    return price
