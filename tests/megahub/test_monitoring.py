"""What `/metrics` tells, to whom, at which price; dashboard and alerts ask for no ghost."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from django.db import connection
from django.test.utils import CaptureQueriesContext
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from ai_core.models import AIJob, Queue, ServiceHeartbeat
from megahub.access_log import AccessLog
from megahub.monitoring import door, figures, requests
from tests import factories
from tests.ai_core import workbench

MONITORING = Path(__file__).resolve().parents[2] / "deploy" / "monitoring"
TOKEN = "a-token-of-the-operators"


def asked(*, client="127.0.0.1", method="GET", app=door.metrics, path="/metrics", **headers):
    """Return status and body of one request."""
    sent = []

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "client": (client, 1),
        "headers": [
            (name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()
        ],
    }
    asyncio.run(app(scope, None, send))
    return sent[0]["status"], sent[1]["body"].decode()


@pytest.fixture
def without_figures(monkeypatch):
    """Who may ask is decided before anything is measured."""
    monkeypatch.setattr(door, "_measured", lambda _accept: (b"figures", "text/plain"))


def test_without_a_token_only_the_machine_itself_may_ask(without_figures, settings):
    settings.METRICS_TOKEN = None
    assert asked() == (200, "figures")
    assert asked(client="::1")[0] == 200
    assert asked(client="10.0.0.9")[0] == 401
    assert asked(client="")[0] == 401
    assert asked(x_forwarded_for="127.0.0.1")[0] == 401  # a proxy of this machine


def test_with_a_token_nothing_else_opens(without_figures, settings):
    settings.METRICS_TOKEN = TOKEN
    assert asked(client="10.0.0.9", authorization=f"Bearer {TOKEN}") == (200, "figures")
    assert asked()[0] == 401
    assert asked(authorization="Bearer something-else")[0] == 401
    assert asked(authorization=f"Bearer {TOKEN}", method="POST")[0] == 405


@pytest.fixture
def told():
    """Measure now, and return {name: {labels: figure}}."""

    def measure():
        everything = CollectorRegistry()
        everything.register(figures.Figures(figures.parts()))
        page = generate_latest(everything).decode()
        found: dict[str, dict[tuple[str, ...], float]] = {}
        for family in text_string_to_metric_families(page):
            for sample in family.samples:
                labels = tuple(value for _name, value in sorted(sample.labels.items()))
                found.setdefault(sample.name, {})[labels] = sample.value
        return found

    return measure


def beat(kind, name, **facts):
    now = datetime.now(UTC)
    ServiceHeartbeat.objects.create(name=name, kind=kind, started_at=now, seen_at=now, facts=facts)


@pytest.fixture
def synced(db):
    from ai_core.execution import registry

    registry.sync()


@pytest.fixture
def a_busy_hub(synced, people):
    """One job in each situation that is told apart."""
    brand = people.brand
    _running, held = workbench.claimed_job("sleep", brand=brand)
    _lost, lost = workbench.claimed_job("sleep", brand=brand)
    workbench.expire_lease(lost.id)
    ended, done = workbench.claimed_job("sleep", brand=brand)
    _broken, failed = workbench.claimed_job("sleep", brand=brand)
    workbench.statements.settle([workbench.completed(done), workbench.failed(failed)])
    waiting = workbench.make_job("sleep", brand=brand)
    workbench.sql(
        "UPDATE ai_core_aijob SET created_at = now() - interval '1 hour' WHERE id = %s", waiting.pk
    )
    Queue.objects.filter(name="default").update(concurrency_limit=9)
    beat("worker", "w1", slots={"thread": 8, "process": 2}, queues=None, running=1)
    beat("worker", "w2", slots={"thread": 4, "process": 1}, queues=["training"], running=0)
    return held, ended


def test_jobs_queues_leases_and_processes_are_told_as_they_are(a_busy_hub, told):
    found = told()
    queue = ("default",)
    assert found["megahub_jobs"] == {("default", "running"): 2, ("default", "pending"): 1}
    assert found["megahub_jobs_runnable"][queue] == 1
    assert found["megahub_oldest_runnable_seconds"][queue] == pytest.approx(3600, abs=60)
    assert found["megahub_leases"][queue] == 2
    assert found["megahub_leases_expired"][queue] == 1
    assert found["megahub_queue_limit"][queue] == 9
    assert found["megahub_recent_endings"] == {
        ("default", "completed"): 1, ("default", "failed"): 1,
    }  # fmt: skip
    assert set(found["megahub_recent_wait_seconds"]) == {
        (quantile, "default") for quantile in ("0.5", "0.95", "0.99")
    }
    assert found["megahub_services"] == {("worker",): 2, ("sweeper",): 0}
    assert found["megahub_worker_slots"] == {("thread",): 12, ("process",): 3}
    assert found["megahub_queue_workers"][queue] == 1
    assert found["megahub_queue_workers"][("training",)] == 2
    assert found["megahub_endings_unfolded"] == {(): 2}
    assert found["megahub_valkey_up"] == {(): 1}
    assert found["megahub_deliveries_waiting"] == {("webhook",): 0, ("mail",): 0}
    assert found["megahub_database_connections_most"][()] > 10
    assert "ai_core_aijob" in {name for (name,) in found["megahub_table_bytes"]}
    assert set(found["megahub_measured"].values()) == {1}


def test_quotas_calls_and_costs_are_told(people, told, synced):
    from ai_providers.models import ProviderQuota, QuotaUse
    from ai_usage.models import DailyUsage, UsageDelta

    provider = factories.make_provider(people.brand, name="cloud")
    quota = ProviderQuota.objects.create(
        brand=people.brand, provider=provider, unit="money", limit=Decimal(50)
    )
    month = datetime.now(UTC).date().replace(day=1)
    QuotaUse.objects.create(quota=quota, period_start=month, used=Decimal("12.5"), held=1)
    figures_of_a_day = {
        "brand": people.brand, "day": month, "job_type": "sleep", "provider": "cloud",
        "model": "m", "currency": "EUR", "jobs": 2, "completed": 2, "prompt_tokens": 70,
        "cost": Decimal("1.25"),
    }  # fmt: skip
    DailyUsage.objects.create(**figures_of_a_day)
    UsageDelta.objects.create(**figures_of_a_day)
    found = told()
    key = ("owls", "hard", provider.name, "money")
    assert found["megahub_quota_limit"][key] == 50
    assert found["megahub_quota_used"][key] == 12.5
    assert found["megahub_quota_held"][key] == 1
    assert found["megahub_provider_circuit_open"] == {("owls", provider.name): 0}
    assert found["megahub_cost_month"] == {("owls", "EUR", "cloud"): 2.5}
    assert found["megahub_jobs_ended_total"][("owls", "sleep", "completed")] == 4
    assert found["megahub_tokens_total"][("owls", "in", "cloud")] == 140


def test_scrapes_cannot_hurt(a_busy_hub, people):
    """Few statements however many jobs and queues there are, and none when asked again at once."""
    collector = figures.Figures(figures.parts())
    with CaptureQueriesContext(connection) as first:
        list(collector.collect())
    with CaptureQueriesContext(connection) as second:
        list(collector.collect())
    assert (len(second), len(first) < 45) == (0, True), len(first)
    workbench.make_jobs(50, "sleep", brand=people.brand)
    for number in range(5):
        Queue.objects.create(name=f"line-{number}")
    with CaptureQueriesContext(connection) as more:
        list(figures.Figures(figures.parts()).collect())
    assert len(more) == len(first)


def test_a_part_that_fails_hides_no_other(db, told, monkeypatch):
    monkeypatch.setattr("ai_core.monitoring._OPEN", "SELECT nothing FROM nowhere")
    found = told()
    assert found["megahub_measured"][("ai_core",)] == 0
    assert found["megahub_measured"][("database",)] == 1
    assert found["megahub_measured"][("ai_usage",)] == 1
    assert AIJob.objects.count() == 0  # the connection still works


def test_requests_are_counted_by_few_words(settings):
    async def app(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def count():
        return requests.registry.get_sample_value(
            "megahub_request_seconds_count",
            {"door": "gateway", "method": "other", "status": "4xx"},
        )

    before = count() or 0
    asked(app=AccessLog(app), path="/v1/anything", method="BREW")
    assert count() == before + 1
    asked(app=AccessLog(app), path="/healthz", method="BREW")
    assert requests.door_of("/ai/jobs/17/stream/") == "stream"
    assert requests.door_of("/whatever/somebody/types") == "hub"


# ---------------------------------------------------------------------- dashboard and alerts
NAME = re.compile(r"\bmegahub_[a-z_]+")


def expressions():
    dashboard = json.loads((MONITORING / "grafana-megahub.json").read_text())
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"]
    for rule in alerts():
        yield rule["alert"], rule["expr"]

    played = yaml.safe_load((MONITORING / "alerts.test.yml").read_text())["tests"]
    for one in played:
        yield one["name"], " ".join(series["series"] for series in one["input_series"])


def alerts():
    rules = yaml.safe_load((MONITORING / "alerts.yml").read_text())
    return [rule for group in rules["groups"] for rule in group["rules"]]


def test_dashboard_and_alerts_ask_only_for_what_is_told(a_busy_hub, people):
    """By the names that the families declare: some have no sample in a hub without such jobs."""
    factories.make_provider(people.brand)
    known = set()
    for family in door.registry().collect():
        known |= {family.name, *(sample.name for sample in family.samples)}
        known |= {f"{family.name}{end}" for end in ("_total", "_bucket", "_count", "_sum")}
    asked_for = {name for _title, text in expressions() for name in NAME.findall(text)}
    assert len(asked_for) > 25
    assert asked_for - known == set()


def test_the_alerts_that_promtool_plays_through_are_there():
    """`promtool test rules` itself is the operator's (docs/operating.md)."""
    played = yaml.safe_load((MONITORING / "alerts.test.yml").read_text())["tests"]
    asked = {one["alertname"] for test in played for one in test["alert_rule_test"]}
    assert len(asked) >= 2
    assert asked <= {rule["alert"] for rule in alerts()}


def test_every_alert_says_what_to_do():
    assert len(alerts()) >= 12
    for rule in alerts():
        assert rule["labels"]["severity"] in ("page", "ticket"), rule
        assert len(rule["annotations"]["do"]) > 40, rule
    assert len({rule["alert"] for rule in alerts()}) == len(alerts())
