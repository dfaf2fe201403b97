"""Texts into vectors: through the same course, with the same limits and bills."""

from __future__ import annotations

from decimal import Decimal

import orjson
import pytest

from ai_core import artifacts
from ai_core.models import AIJob
from ai_core.services import JobService
from ai_providers.models import ProviderQuota, QuotaUse


@pytest.fixture
def brand(people, job_types, make_provider, priced):
    make_provider(people.brand, models=["ok"])
    priced("ok", "10", "20")
    ProviderQuota.objects.create(brand=people.brand, unit="money", limit=5)
    return people.brand


def embed(brand, texts, model="ok"):
    data = {"input": texts, "model": model}
    job = JobService.create_job("embeddings", data, None, brand)
    JobService.process_job(job.pk)
    return AIJob.objects.select_related("data", "usage").get(pk=job.pk)


def test_each_text_has_its_vector_and_the_job_its_bill(brand):
    job = embed(brand, ["Que font les chouettes ?", "Elles dorment."])
    assert job.status == "completed", job.error_message
    assert job.data.result_data["count"] == 2
    (file,) = job.artifacts.all()
    assert len(orjson.loads(artifacts.default_storage.open(file.path).read())) == 2
    assert job.usage.total_cost == Decimal("0.00007")
    assert (QuotaUse.objects.get().used, QuotaUse.objects.get().held) == (Decimal("0.00007"), 0)


@pytest.mark.parametrize("model", ["extractive-1"])
def test_who_makes_no_vectors_says_so(brand, model):
    job = embed(brand, "Bonjour", model)
    assert job.status == "failed"
    assert "no vectors" in job.error_message
