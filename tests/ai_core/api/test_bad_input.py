"""Bad input: each a clear JSON 4xx with a code, and nothing has changed."""

from __future__ import annotations

import pytest

from ai_core.models import AIJob

pytestmark = pytest.mark.django_db

QUERIES = {
    "statu=failed": ("UNKNOWN_FILTER", "status"),
    "status=done": ("INVALID_STATUS", "timeout"),
    "status=": (None, None),
    "priority=5": ("VALIDATION_ERROR", "urgent"),
    "job_type=slep": ("JOB_TYPE_NOT_FOUND", "sleep"),
    "category=x": ("VALIDATION_ERROR", "training"),
    "created_by=martin": ("VALIDATION_ERROR", "created_by"),
    "created_by=99999999999999999999": ("VALIDATION_ERROR", "created_by"),
    "is_async=maybe": ("VALIDATION_ERROR", "is_async"),
    "progress_percentage__gte=x": ("VALIDATION_ERROR", "progress_percentage__gte"),
    "created_at__gte=yesterday": ("VALIDATION_ERROR", "created_at__gte"),
    "created_at__lte=2026-02-30": ("VALIDATION_ERROR", "created_at__lte"),
    "created_at__gte=9999-12-31": (None, None),
    "created_at__lte=9999-12-31": (None, None),
    "created_at__gte=0001-01-01": (None, None),
    "cost__gte=much": ("VALIDATION_ERROR", "cost__gte"),
    "cost__gte=NaN": ("VALIDATION_ERROR", "cost__gte"),
    "cost__gte=1e400": ("VALIDATION_ERROR", "cost__gte"),
    "release=-1": (None, None),
    "tags=" + ",".join("abcdefghij" * 6): ("VALIDATION_ERROR", "tags"),
    "search=%00": ("VALIDATION_ERROR", "search"),
    "search=" + "x" * 201: ("VALIDATION_ERROR", "search"),
    "search=%F0%9F%92%A9%ff": (None, None),
    "search=%5C%25'%22;--": (None, None),
    "ordering=password": ("VALIDATION_ERROR", "ordering"),
    "ordering=created_by__password": ("VALIDATION_ERROR", "ordering"),
    "ordering=,,,": (None, None),
    "sortBy=createdBy.password": ("VALIDATION_ERROR", "ordering"),
    "sortOrder=up": ("VALIDATION_ERROR", "sortOrder"),
    "page=0": ("VALIDATION_ERROR", "page"),
    "page=-1": ("VALIDATION_ERROR", "page"),
    "page=x": ("VALIDATION_ERROR", "page"),
    "page=999999999999": ("NOT_FOUND", "cursor"),
    "page_size=0": ("VALIDATION_ERROR", "page_size"),
    "page_size=1000000": (None, None),
    "skip=-1": ("VALIDATION_ERROR", "skip"),
    "skip=1&page=2": ("VALIDATION_ERROR", "skip"),
    "cursor=x": ("VALIDATION_ERROR", "cursor"),
    "cursor=&ordering=priority": ("VALIDATION_ERROR", "ordering"),
    "created_by=1&created_by=2": ("VALIDATION_ERROR", "created_by"),
}


@pytest.mark.parametrize("path", ["/ai/jobs/", "/ai/jobs/export/"])
@pytest.mark.parametrize("query", QUERIES)
def test_queries(path, query, owner_api):
    code, named = QUERIES[query]
    answer = owner_api.get(f"{path}?{query}")
    paging = ("page", "skip", "cursor")
    if code is None or (path.endswith("export/") and query.startswith(paging)):
        assert answer.status_code in (200, 400, 404), answer.content
        return
    assert answer.status_code == (404 if code == "NOT_FOUND" else 400), answer.getvalue()
    assert answer.json()["error_code"] == code
    assert named in answer.content.decode()


@pytest.mark.parametrize(
    "reference",
    ["0", "-1", "99999999999999999999", "١٢٣", "1.0", "ai_job_", "AI_JOB_X", "%20", "x" * 5000,
     "1'or'1'='1", "%F0%9F%92%A9", "..%2f", "%00", "null", "dashboard%00", "1e3", "0x10"],
)  # fmt: skip
@pytest.mark.parametrize("below", ["", "logs/", "cancel/", "artifacts/1/link/"])
def test_weird_ids_lead_nowhere(reference, below, owner_api, make_job):
    make_job()
    for verb in ("get", "post", "delete"):
        answer = getattr(owner_api, verb)(f"/ai/jobs/{reference}/{below}")
        assert answer.status_code in (404, 405), (verb, answer.content)
        assert answer.json()["error_code"] in ("NOT_FOUND", "METHOD_NOT_ALLOWED")
    assert AIJob.objects.filter(status="pending").count() == 1


BODIES = {
    "{}": "job_type",
    "[]": "object",
    "nonsense": "JSON",
    '{"job_type": 5}': "Not a valid string",
    '{"job_type": "sleep", "description": 5}': "description",
    '{"job_type": "sleep", "description": 1.5, "priorty": "high"}': "priorty",
    '{"job_type": null}': "job_type",
    '{"job_type": ["sleep"]}': "job_type",
    '{"job_type": "sleep\\u0000"}': "NUL",
    '{"job_type": "sleep", "input_data": []}': "input_data",
    '{"job_type": "sleep", "input_data": "x"}': "input_data",
    '{"job_type": "sleep", "input_data": null}': "input_data",
    '{"job_type": "sleep", "input_data": {"seconds": 1e999}}': "NaN",
    '{"job_type": "sleep", "input_data": {"second": 1}}': "second",
    '{"job_type": "sleep", "priority": 1}': "priority",
    '{"job_type": "sleep", "priority": null}': "priority",
    '{"job_type": "sleep", "description": null}': "description",
    '{"job_type": "sleep", "description": {}}': "description",
    '{"job_type": "sleep", "tags": "a"}': "tags",
    '{"job_type": "sleep", "tags": [null]}': "tags",
    '{"job_type": "sleep", "tags": [""]}': "tags",
    '{"job_type": "sleep", "release": 77}': "release",
    '{"job_type": "sleep", "release": 99999999999999999}': "release",
    '{"job_type": "sleep", "release": "x"}': "release",
    '{"job_type": "sleep", "run_after": "soon"}': "run_after",
    '{"job_type": "sleep", "run_after": "9999-12-31T23:59:59Z"}': "run_after",
    '{"job_type": "sleep", "timeout_seconds": 0}': "timeout_seconds",
    '{"job_type": "sleep", "timeout_seconds": 1e12}': "timeout_seconds",
    '{"job_type": "sleep", "is_async": "perhaps"}': "is_async",
    '{"job_type": "sleep", "status": "completed"}': "status",
    '{"job_type": "sleep", "brand": 1}': "brand",
    '{"job_type": "sleep", "job_type": "sleep"}': "twice",
    '{"job_type": "sleep", "input_data": ' + '{"a":' * 80 + "1" + "}" * 80 + "}": "deep",
}


@pytest.mark.parametrize("body", BODIES)
def test_bodies(body, owner_api):
    answer = owner_api.generic("POST", "/ai/jobs/", body, content_type="application/json")
    assert answer.status_code == 400, answer.content
    assert answer.json()["error_code"] in ("VALIDATION_ERROR", "JOB_TYPE_NOT_FOUND")
    assert BODIES[body] in answer.content.decode()
    assert AIJob.objects.count() == 0


@pytest.mark.parametrize(
    ("method", "path", "body", "kind", "status"),
    [
        ("POST", "/ai/jobs/", b'{"job_type": "sleep"}', "text/plain", 415),
        ("POST", "/ai/jobs/", b"job_type=sleep", "application/x-www-form-urlencoded", 415),
        ("POST", "/ai/jobs/", b'{"job_type": "sl\xffep"}', "application/json", 400),
        ("POST", "/ai/jobs/", b'"' + b"x" * 10_000_000 + b'"', "application/json", 413),
        ("POST", "/ai/jobs/bulk/", b'"' + b"x" * 17_000_000 + b'"', "application/json", 413),
        ("PUT", "/ai/jobs/", b"{}", "application/json", 405),
        ("DELETE", "/ai/jobs/", b"", "application/json", 405),
        ("POST", "/ai/jobs/dashboard/", b"{}", "application/json", 405),
        ("POST", "/ai/jobs/bulk_action/", b'{"action":"cancel"}', "application/json", 400),
        ("POST", "/ai/jobs/bulk_action/", b'{"action":"x","ids":[1]}', "application/json", 400),
        (
            "POST",
            "/ai/jobs/bulk_action/",
            b'{"action":"cancel","filter":{"statu":"x"}}',
            "application/json",
            400,
        ),
        (
            "POST",
            "/ai/jobs/bulk_action/",
            b'{"action":"cancel","filter":{"status":{"a":1}}}',
            "application/json",
            400,
        ),
        ("GET", "/ai/jobs/by_status/?status=pending&limit=x", b"", "", 400),
        ("GET", "/ai/job-types/?x=1", b"", "", 400),
        ("GET", "/ai/queues/default/?limit=0", b"", "", 400),
        ("GET", "/ai/queues/nothing/", b"", "", 404),
    ],
)
def test_wrong_ways(method, path, body, kind, status, owner_api):  # noqa: PLR0917
    answer = owner_api.generic(method, path, body, content_type=kind)
    assert answer.status_code == status, answer.content[:300]
    assert {"detail", "error_code"} <= set(answer.json())
    assert AIJob.objects.count() == 0


RECORDS = ["logs/?after=x", "logs/?level=loud", "logs/?limit=0", "logs/?limit=999999",
           "logs/?format=pdf", "logs/?search=%00", "logs/?x=1", "events/?type=x",
           "events/?from=x", "events/?after=-1", "metrics/?points=1", "metrics/?since_step=x",
           "metrics/?points=99999999999999999999999", "artifacts/?x=1", "stages/?x=1"]  # fmt: skip


@pytest.mark.parametrize("below", RECORDS)
def test_parameters_of_records(below, owner_api, make_job):
    answer = owner_api.get(f"/ai/jobs/{make_job().pk}/{below}")
    assert answer.status_code == 400, answer.content
    assert answer.json()["error_code"] in ("VALIDATION_ERROR", "UNKNOWN_FILTER")


def test_head_and_options(owner_api, make_job):
    job = make_job()
    for path in ("/ai/jobs/", f"/ai/jobs/{job.pk}/", "/ai/job-types/", "/ai/jobs/dashboard/"):
        assert owner_api.head(path).status_code == 200
        assert owner_api.options(path).status_code == 200
