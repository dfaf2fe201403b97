"""A model of the operator's own: what is missing is said before anything is queued."""

from __future__ import annotations

import pytest

from ai_core.models import AIJob
from ai_providers import administration, routes
from ai_providers.failures import ProviderFailure
from ai_providers.kinds.local import gguf
from ai_providers.refusals import ModelUnknown
from tests.ai_providers.test_calls import run


@pytest.fixture
def brand(people, job_types):
    return people.brand


@pytest.fixture
def installed(monkeypatch):
    """As with the extra; without a file that is a model nothing of it is loaded."""
    monkeypatch.setattr(gguf, "find_spec", lambda name: name == "xllamacpp")


def named(settings, tmp_path, content=b"GGUF..."):
    file = tmp_path / "owl-1b.gguf"
    file.write_bytes(content)
    settings.LOCAL_GGUF = str(file)


def test_without_a_file_there_is_no_such_model(brand):
    assert routes.local_models() == ["extractive-1"]
    with pytest.raises(ModelUnknown):
        run(brand, "local/owl-1b")


@pytest.mark.parametrize("model", ["owl-1b", "local/owl-1b"])
def test_a_missing_extra_is_named_and_no_job_is_made(brand, settings, tmp_path, monkeypatch, model):
    monkeypatch.setattr(gguf, "find_spec", lambda name: None)
    named(settings, tmp_path)
    with pytest.raises(ModelUnknown, match=r"requirements/local\.in"):
        run(brand, model)
    assert AIJob.objects.count() == 0


def test_a_missing_file_and_another_kind_of_file_are_named(brand, settings, tmp_path, installed):
    settings.LOCAL_GGUF = str(tmp_path / "gone.gguf")
    with pytest.raises(ModelUnknown, match="not there"):
        run(brand, "gone")
    named(settings, tmp_path, b"<html>")
    with pytest.raises(ModelUnknown, match="no GGUF"):
        run(brand, "owl-1b")


def test_it_is_listed_beside_the_engine_and_the_engine_stays_first(
    brand, settings, tmp_path, installed
):
    named(settings, tmp_path)
    assert [str(one) for one in routes.known_models(brand)] == [
        "local/extractive-1", "local/owl-1b",
    ]  # fmt: skip
    (route,) = routes.find(brand, "local/owl-1b")
    assert (route.is_engine, route.is_gguf, route.kind.is_free) == (False, True, True)
    assert run(brand, "").data.result_data["engine"] == "extractive-1"


def test_the_check_of_a_local_provider_says_what_is_missing(
    brand, make_provider, settings, tmp_path, monkeypatch
):
    provider = make_provider(brand, "ours", kind="local", base_url="", key="", models=[])
    assert administration.check(provider)["models"] == ["extractive-1"]
    monkeypatch.setattr(gguf, "find_spec", lambda name: None)
    named(settings, tmp_path)
    found = administration.check(provider)
    assert (found["ok"], found["reason"]) == (False, "model_unknown")
    assert "requirements/local.in" in found["detail"]


def test_what_the_engine_refuses_is_a_failure_with_its_sentence():
    with pytest.raises(ProviderFailure, match="exceeds the available context"):
        gguf._piece({"error": {"message": "request exceeds the available context size"}})
