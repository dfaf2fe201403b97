"""Two questions of a machine: is the process alive, and can the hub do its work?"""

from collections.abc import Callable, MutableMapping
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, JsonResponse

ALIVE_PATH = "/healthz"
READY_PATH = "/readyz"
ALIVE = b'{"status":"ok"}'
SILENT_SECONDS = 30  # a process not heard of for so long counts as gone


async def alive(_scope: MutableMapping[str, Any], _receive: Any, send: Any) -> None:
    """Answer on the event loop: a busy hub is alive."""
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(ALIVE)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": ALIVE})


class HealthMiddleware:
    """Answers before anything else looks: a probe has no host name and no session."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == ALIVE_PATH:
            response: HttpResponse = HttpResponse(ALIVE, content_type="application/json")
        elif request.path == READY_PATH:
            reasons = not_ready()
            response = JsonResponse(
                {"status": "not ready", "reasons": reasons} if reasons else {"status": "ok"},
                status=503 if reasons else 200,
            )
        else:
            return self._get_response(request)
        response["Cache-Control"] = "no-store"
        # A probe every second would fill the log; the supervisor and the balancer say it.
        response._has_been_logged = True  # type: ignore[attr-defined]
        return response


def not_ready() -> dict[str, str]:
    """Return what is missing, by part; nothing when the hub can do its work."""
    reasons: dict[str, str] = {}
    try:
        reasons.update(_migrations())
        if not reasons:
            reasons.update(_processes())
    except DatabaseError:
        connection.close()
        reasons["database"] = "the database does not answer"
    try:
        cache.get("health")
    except Exception:
        reasons["valkey"] = "Valkey does not answer"
    return reasons


def _migrations() -> dict[str, str]:
    """Say which migrations are missing; asked on each call, since a deploy may run ahead of us."""
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not missing:
        return {}
    return {"migrations": f"{len(missing)} not applied: run `manage.py migrate`"}


def _processes() -> dict[str, str]:
    heartbeat = apps.get_model("ai_core", "ServiceHeartbeat")
    seen = set(
        heartbeat.objects.filter(seen_at__gt=Now() - timedelta(seconds=SILENT_SECONDS)).values_list(
            "kind", flat=True
        )
    )
    return {
        kind: f"no {kind} was seen in the last {SILENT_SECONDS} s: start `manage.py {kind}`"
        for kind in ("worker", "sweeper")
        if kind not in seen
    }
