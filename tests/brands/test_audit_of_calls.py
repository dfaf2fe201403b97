"""Walks every call of the OpenAPI document that may change something: each leaves its entry.

A new address that writes must be listed in TOLD, with what makes it write, or in UNTOLD with why
the trail has nothing to say of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from brands.audit.models import AuditEntry
from brands.models import Role
from tests import factories
from tests.ai_core.api.conftest import make
from tests.brands.test_tenant_matrix import FOREIGN, SHARED, calls

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Told:
    """Which entry a call leaves, with this body; `status`: the state that its job must be in."""

    action: str
    body: dict[str, Any] = field(default_factory=dict)
    status: str = ""
    job_type: str = "sleep"


JOB, RUN, OVH_JOB = (
    "/ai/jobs/{id}/",
    "/ai/training/runs/{id}/",
    "/cloud/project/{project_id}/ai/job",
)
OF_OVH = f"{OVH_JOB}/{{job_id}}"
HOOK, SCHEDULE = "/ai/notifications/webhooks/{id}/", "/ai/schedules/{id}/"
TRAINING, EXTERNAL = "/ai/training/", "external_training"
QUOTAS = {"quotas": [{"unit": "tokens", "limit": 5}]}
PROVIDER = {
    "name": "p", "kind": "openai_compatible", "base_url": "https://models.example.com/v1",
    "api_key": "sk-a-new-key",
}  # fmt: skip
DATASET = {"name": "d", "format": "jsonl", "reference": "s3://bucket/rows.jsonl"}
NAMED = {"name": "renamed"}

TOLD: dict[tuple[str, str], Told] = {
    ("post", "/ai/api-keys/"): Told("api_key.created", {"name": "ci"}),
    ("delete", "/ai/api-keys/{id}/"): Told("api_key.revoked"),
    ("put", JOB): Told("job.changed", {"description": "x"}),
    ("patch", JOB): Told("job.changed", {"description": "x"}),
    ("delete", JOB): Told("job.deleted"),
    ("post", f"{JOB}cancel/"): Told("job.cancelled"),
    ("post", f"{JOB}pause/"): Told("job.paused", status="running"),
    ("post", f"{JOB}promote/"): Told("job.promoted"),
    ("post", f"{JOB}restart/"): Told("job.restarted", status="completed"),
    ("post", f"{JOB}restore/"): Told("job.restored", status="deleted"),
    ("post", f"{JOB}resume/"): Told("job.resumed", status="paused"),
    ("post", f"{JOB}retry/"): Told("job.retried", status="failed"),
    ("post", f"{JOB}submit/"): Told("job.submitted", status="draft"),
    ("post", "/ai/jobs/bulk_action/"): Told("job.cancelled", {"action": "cancel"}),
    ("patch", "/ai/notifications/preferences/"): Told("preferences.changed", {"language": "fr"}),
    ("post", "/ai/notifications/webhooks/"): Told(
        "webhook.created",
        {"name": "w", "url": "https://hooks.example.com/x", "kinds": ["job.failed"]},
    ),
    ("patch", HOOK): Told("webhook.changed", NAMED),
    ("delete", HOOK): Told("webhook.removed"),
    ("post", f"{HOOK}deliveries/{{delivery}}/resend/"): Told("webhook.resent"),
    ("post", f"{HOOK}rotate/"): Told("webhook.secret_rotated"),
    ("post", f"{HOOK}test/"): Told("webhook.tested"),
    ("post", "/ai/providers/"): Told("provider.created", PROVIDER),
    ("put", "/ai/providers/{id}/"): Told("provider.changed", PROVIDER),
    ("patch", "/ai/providers/{id}/"): Told("provider.changed", NAMED),
    ("delete", "/ai/providers/{id}/"): Told("provider.removed"),
    ("put", "/ai/providers/{id}/quota/"): Told("quota.changed", QUOTAS),
    ("put", "/ai/providers/quota/"): Told("quota.changed", QUOTAS),
    ("patch", "/ai/queues/{name}/"): Told("queue.changed", {"concurrency_limit": 2}),
    ("post", "/ai/schedules/"): Told(
        "schedule.created", {"name": "s", "cron": "0 3 * * *", "job_type": "sleep"}
    ),
    ("patch", SCHEDULE): Told("schedule.changed", NAMED),
    ("delete", SCHEDULE): Told("schedule.removed"),
    ("post", f"{SCHEDULE}pause/"): Told("schedule.paused"),
    ("post", f"{SCHEDULE}resume/"): Told("schedule.resumed", status="paused"),
    ("post", f"{SCHEDULE}run/"): Told("schedule.run"),
    ("post", f"{TRAINING}configurations/"): Told("training_configuration.created", NAMED),
    ("patch", f"{TRAINING}configurations/{{id}}/"): Told("training_configuration.changed", NAMED),
    ("delete", f"{TRAINING}configurations/{{id}}/"): Told("training_configuration.removed"),
    ("post", f"{TRAINING}datasets/"): Told("dataset.created", DATASET),
    ("post", f"{TRAINING}datasets/upload/"): Told("dataset.created"),
    ("patch", f"{TRAINING}datasets/{{id}}/"): Told("dataset.changed", NAMED),
    ("delete", f"{TRAINING}datasets/{{id}}/"): Told("dataset.removed"),
    ("post", f"{TRAINING}offers/"): Told("compute_offer.created", {"name": "o", "kind": "gpu"}),
    ("patch", f"{TRAINING}offers/{{id}}/"): Told("compute_offer.changed", NAMED),
    ("delete", f"{TRAINING}offers/{{id}}/"): Told("compute_offer.removed"),
    ("patch", RUN): Told(
        "job.changed",
        {"budget": "7", "labels": {"a": "b"}, "guard_rails": {"stalled": {"minutes": 9}}},
    ),
    ("post", f"{RUN}pause/"): Told("job.paused", status="running", job_type=EXTERNAL),
    ("post", f"{RUN}resume/"): Told("job.resumed", status="paused", job_type=EXTERNAL),
    ("post", f"{RUN}secret/"): Told("job.secret_rotated"),
    ("put", "/api/jobs/{id}/cancel"): Told("job.cancelled"),
    ("post", "/api/releases"): Told("release.created", NAMED),
    ("patch", "/api/releases/{id}"): Told("release.changed", NAMED),
    ("delete", "/api/releases/{id}"): Told("release.removed"),
    ("post", "/api/training/jobs/{id}/cancel"): Told("job.cancelled"),
    ("patch", "/api/wizard/jobs/{id}"): Told("job.changed", {"description": "x"}, status="draft"),
    ("post", "/api/wizard/jobs/{id}/submit"): Told("job.submitted", status="draft"),
    ("delete", OF_OVH): Told("job.deleted", status="cancelled", job_type=EXTERNAL),
    ("put", f"{OF_OVH}/kill"): Told("job.cancelled"),
    ("put", f"{OF_OVH}/label"): Told("job.changed", {"name": "a", "value": "b"}),
    ("post", f"{OF_OVH}/stop"): Told("job.cancelled"),
}

_MADE = "a job made by a program says itself by whom and when (docs/decisions/0040)"
_COMPUTES = "what computes a run says so in the run's own events, under its lease or signature"
_ASKED = "nothing is kept"
UNTOLD = {
    ("post", "/ai/jobs/"): _MADE,
    ("post", "/ai/jobs/bulk/"): _MADE,
    ("post", "/ai/openai/chat/"): _MADE,
    ("post", "/api/wizard/jobs"): _MADE,
    ("post", OVH_JOB): _MADE,
    ("post", f"{TRAINING}claim/"): _COMPUTES,
    ("post", f"{RUN}beat/"): _COMPUTES,
    ("post", f"{RUN}claim/"): _COMPUTES,
    ("post", f"{RUN}files/"): _COMPUTES,
    ("post", f"{RUN}report/"): _COMPUTES,
    ("post", "/ai/webhooks/training/{job_id}/"): _COMPUTES,
    ("post", f"{TRAINING}estimate/"): _ASKED,
    ("post", "/ai/schedules/preview/"): _ASKED,
    ("post", f"{JOB}artifacts/{{artifact_id}}/link/"): "a link that ends by itself; the log has it",
    ("put", "/ai/notifications/jobs/{id}/"): "one's own wish to hear of one job",
    ("post", "/ai/providers/{id}/check/"): "what the check found stands at the provider",
}


def test_every_call_that_writes_is_listed():
    writing = {(verb, path) for path, verb in calls() if verb != "get"}
    assert writing == TOLD.keys() | UNTOLD.keys(), "list it in TOLD or, with a reason, in UNTOLD"
    assert not TOLD.keys() & UNTOLD.keys()


@pytest.fixture
def boss(people: Any) -> Any:
    """Who may do everything that can be done through the API."""
    user = factories.make_superuser("boss")
    factories.make_member(people.brand, Role.MANAGER, user=user)
    return user


@pytest.mark.parametrize(("verb", "path"), TOLD, ids=[f"{v} {p}" for v, p in TOLD])
def test_a_call_that_writes_leaves_its_entry(verb, path, people, boss, api_as):
    told = TOLD[verb, path]
    named, body = _named(path, told, people), dict(told.body)
    if path.endswith("bulk_action/"):
        body["ids"] = [factories.make_job(people.owner, people.brand).pk]
    elif path.endswith("upload/"):
        path += "?name=rows&format=jsonl"
    api = api_as(boss, people.brand)
    last = AuditEntry.objects.order_by("-id").values_list("id", flat=True).first() or 0
    if "upload/" in path:
        answer = api.generic("POST", path, b'{"a": 1}\n', content_type="application/octet-stream")
    else:
        answer = getattr(api, verb)(path.format(**named), body)
    assert answer.status_code < 300, answer.content
    left = AuditEntry.objects.filter(id__gt=last, action=told.action)
    assert left, f"only {list(AuditEntry.objects.filter(id__gt=last))}"
    for entry in left:
        assert (entry.username, entry.door, entry.address) == ("boss", "api", "127.0.0.1")
        assert entry.brand_id == people.brand.pk
        assert entry.object_id or told.action == "quota.changed"  # one may be of all providers


def _named(path: str, told: Told, people: Any) -> dict[str, Any]:
    """Make what the path names, in the state in which the call changes something."""
    named = dict(FOREIGN[path](people) if path in FOREIGN else SHARED.get(path, {}))
    if path.startswith(OVH_JOB):
        named["project_id"] = people.brand.slug
    if told.status and path.startswith(SCHEDULE):
        from ai_schedules import schedules
        from ai_schedules.models import Schedule

        schedules.pause(Schedule.objects.get(pk=named["id"]))
    elif told.status:
        given = {"image": "ubuntu"} if told.job_type == EXTERNAL else {"seconds": 0}
        status = "pending" if told.status == "deleted" else told.status
        job = make(people, status, job_type=told.job_type, input_data=given)
        if told.status == "deleted":
            from ai_core.services import JobService

            JobService.delete_job(job, user=people.owner)
        named["job_id" if "job_id" in named else "id"] = job.job_id if "job_id" in named else job.pk
    return named
