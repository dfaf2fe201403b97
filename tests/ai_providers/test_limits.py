"""Limits shared by all processes: calls at once, calls a minute, and the circuit."""

from __future__ import annotations

import pytest

from ai_providers import limits
from ai_providers.failures import ProviderFailure, Reason
from tests.ai_core.workbench import at_once
from tests.ai_providers.test_calls import run, tries

DOWN = ProviderFailure(Reason.SERVER_ERROR, "It broke.")


@pytest.fixture
def acme(people, make_provider):
    return make_provider(people.brand)


def test_a_circuit_opens_after_failures_in_a_row_and_a_success_closes_it(acme, monkeypatch):
    monkeypatch.setattr(limits, "FIRST_REST_MS", 0)
    for number in range(limits.FAILURES_THAT_OPEN):
        assert limits.admit(acme, f"call-{number}").reason is None
        limits.report(acme, f"call-{number}", DOWN)
    assert limits.health(acme)["circuit"] == "open"
    assert limits.admit(acme, "probe").reason is None  # one may try
    assert limits.admit(acme, "second").reason == Reason.CIRCUIT_OPEN
    limits.report(acme, "probe")
    assert limits.admit(acme, "third").reason is None
    assert limits.health(acme) == {"circuit": "closed", "failures": 0, "running": 0}


def test_an_open_circuit_lets_nobody_through_while_it_rests(acme):
    for number in range(limits.FAILURES_THAT_OPEN):
        limits.report(acme, str(number), DOWN)
    verdict = limits.admit(acme, "x")
    assert verdict.reason == Reason.CIRCUIT_OPEN
    assert 3 < verdict.wait <= 5


def test_failures_with_a_success_between_open_nothing(acme):
    for _ in range(3):
        for _ in range(limits.FAILURES_THAT_OPEN - 1):
            limits.report(acme, "x", DOWN)
        limits.report(acme, "x")
    assert limits.admit(acme, "x").reason is None


@pytest.mark.parametrize("reason", [Reason.KEY_REFUSED, Reason.INPUT_REFUSED, Reason.QUOTA])
def test_what_is_not_the_providers_fault_opens_nothing(acme, reason):
    for _ in range(20):
        limits.report(acme, "x", ProviderFailure(reason, "No."))
    assert limits.admit(acme, "x").reason is None


def test_a_wait_that_the_provider_asks_for_holds_for_everybody(acme):
    limits.report(acme, "x", ProviderFailure(Reason.RATE_LIMITED, "Slow.", retry_after=7))
    verdict = limits.admit(acme, "y")
    assert 6 < verdict.wait <= 7


def test_a_new_key_begins_with_a_clean_record(acme):
    from ai_providers import credentials

    for _ in range(limits.FAILURES_THAT_OPEN):
        limits.report(acme, "x", DOWN)
    credentials.seal(acme, "sk-another-key-000000")
    assert limits.admit(acme, "x").reason is None


@pytest.mark.django_db(transaction=True)
def test_no_more_calls_at_once_than_allowed(people, make_provider):
    acme = make_provider(people.brand, max_concurrency=3)
    verdicts = at_once(12, lambda number: limits.admit(acme, f"call-{number}"))
    assert sum(verdict.reason is None for verdict in verdicts) == 3
    admitted = next(n for n, verdict in enumerate(verdicts) if verdict.reason is None)
    limits.report(acme, f"call-{admitted}")
    assert limits.admit(acme, "next").reason is None


def test_no_more_calls_a_minute_than_allowed(people, make_provider):
    acme = make_provider(people.brand, requests_per_minute=2)
    for number in range(2):
        assert limits.admit(acme, str(number)).reason is None
        limits.report(acme, str(number))
    verdict = limits.admit(acme, "third")
    assert verdict.reason == Reason.BUSY
    assert 55 < verdict.wait <= 60


def test_without_valkey_every_call_is_let_through(acme, settings):
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    assert limits.admit(acme, "x").reason is None
    limits.report(acme, "x", DOWN)
    assert limits.health(acme)["circuit"] is None


def test_an_open_circuit_sends_the_job_to_the_next_provider(people, job_types, make_provider):
    first = make_provider(people.brand, "first", position=1)
    make_provider(people.brand, "second", position=2)
    for _ in range(limits.FAILURES_THAT_OPEN):
        limits.report(first, "x", DOWN)
    job = run(people.brand, "ok")
    assert tries(job) == [("second", "completed", "", False)]


def test_a_job_that_finds_everybody_busy_comes_back_later(people, job_types, make_provider):
    acme = make_provider(people.brand, requests_per_minute=1)
    limits.admit(acme, "somebody else")
    job = run(people.brand, "ok")
    assert (job.status, tries(job)) == ("running", [])
    assert job.run_after is not None
