"""Prices: an admin's own first, the list second, else unknown; each with its source and date."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from ai_core import pricing
from ai_providers import prices
from ai_providers.asking import TokenUse

NOW = datetime(2026, 11, 21, tzinfo=UTC)
USE = TokenUse(prompt=10_000, completion=1_000)


def price(model="gpt-4o", use=USE, **where):
    where = {"brand_id": 1, "provider": "acme", "kind": "openai", "at": NOW} | where
    return prices.price(use, model=model, **where)


@pytest.mark.parametrize(
    ("model", "amount"), [("gpt-4o", "0.035"), ("gpt-4o-mini", "0.0021")]
)  # fmt: skip
def test_the_list_that_ships_knows_well_known_models(db, model, amount):
    """Pinned: a list that changes its ways must not make every cost unknown in silence."""
    found = price(model)
    assert (found.amount, found.source, found.status) == (
        Decimal(amount),
        "genai-prices",
        "priced",
    )
    assert found.version


@pytest.mark.parametrize("model", ["gpt-9-ultra", "whisper-1", "", "x" * 200])
def test_what_the_list_does_not_price_is_unknown(db, model):
    assert price(model).amount is None
    assert price(model).status == "unpriced"


def test_an_address_names_the_list_for_compatible_providers(db):
    where = {"kind": "openai_compatible"}
    assert price("mistral-small-latest", base_url="https://api.mistral.ai/v1", **where).amount > 0
    assert price("gpt-4o", base_url="http://127.0.0.1:9/v1", **where).amount is None
    assert price("gpt-4o", **where).amount is None


def test_the_local_engine_is_free_and_that_is_known(db):
    found = price("extractive-1", kind="local")
    assert (found.amount, found.status) == (0, "free")


def test_the_nearest_row_of_the_admin_counts(people, priced):
    brand = people.brand
    priced("gpt-4o", "1", "1")
    assert price(brand_id=brand.pk).amount == Decimal("0.011")
    priced("gpt-4o", "2", "2", provider="openai")
    assert price(brand_id=brand.pk).amount == Decimal("0.022")
    priced("gpt-4o", "3", "3", provider="acme")
    assert price(brand_id=brand.pk).amount == Decimal("0.033")
    priced("GPT-4o", "4", "4", only_for=brand)
    assert price(brand_id=brand.pk).amount == Decimal("0.044")
    assert price(brand_id=people.other_brand.pk).amount == Decimal("0.033")
    assert price(brand_id=brand.pk).source == "admin"


def test_a_price_of_zero_is_a_price(db, priced):
    priced("gpt-4o", "0", "0")
    assert (price().amount, price().status) == (0, "priced")


def test_the_price_of_its_own_time_counts(db, priced):
    priced("m", "1", "1")
    priced("m", "5", "5", valid_from=NOW)
    assert price("m", at=NOW - timedelta(days=1)).amount == Decimal("0.011")
    assert price("m").amount == Decimal("0.055")


def test_cached_tokens_cost_what_they_cost(db, priced):
    priced("m", "10", "0", cached_per_million="1")
    use = TokenUse(prompt=1000, completion=0, cached=400)
    assert price("m", use).amount == Decimal("0.0064")
    more_than_all = TokenUse(prompt=1000, completion=0, cached=4000)
    assert price("m", more_than_all).amount == Decimal("0.001")


def test_tokens_that_nobody_counted_have_no_price(db, priced):
    priced("m")
    assert price("m", TokenUse()).amount is None


def test_the_book_answers_for_its_own_entries_only(db, priced):
    priced("m", "10", "20")
    entry = {"kind": "llm", "model": "m", "prompt_tokens": 100, "completion_tokens": 10}
    assert pricing.cost_of(entry, brand_id=1, at=NOW).amount == Decimal("0.0012")
    assert prices.book({**entry, "kind": "gpu"}, 1, NOW) is None
