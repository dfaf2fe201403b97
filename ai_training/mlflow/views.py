"""MLflow's addresses: read what was sent, ask `Tracking`, answer in MLflow's shape.

Plain views for keys alone: a browser's session opens nothing here, so no page can be tricked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from ai_training.mlflow import files, words
from ai_training.mlflow.errors import as_mlflow
from ai_training.mlflow.tracking import Tracking
from brands import strict_json
from brands.asking import access_of, bearer_token
from brands.errors import (
    BrandRequired,
    DomainError,
    Invalid,
    NotAllowed,
    NotAuthenticated,
    NotFound,
)

Answer = dict[str, Any]
Call = Callable[[Tracking, Any], Answer]


def _experiment(tracking: Tracking, given: Any) -> Answer:
    name = given.get("experiment_name") or given.get("name")
    if name is None:
        name = words.experiment_name(str(given.get("experiment_id") or ""))
    if not name:
        raise NotFound
    return {"experiment": words.experiment(str(name))}


def _create_experiment(tracking: Tracking, given: Any) -> Answer:
    name = given.get("name")
    if not isinstance(name, str) or not 0 < len(name) <= 200:
        raise Invalid("name: Send a name of at most 200 characters.")
    return {"experiment_id": words.experiment_id(name)}


def _logged(tracking: Tracking, given: Any) -> Answer:
    tracking.log(given)
    return {}


def _one(kind: str) -> Call:
    """A call that logs one thing is a batch of one."""

    def call(tracking: Tracking, given: Any) -> Answer:
        tracking.log({"run_id": given.get("run_id") or given.get("run_uuid"), kind: [given]})
        return {}

    return call


def _tag_gone(tracking: Tracking, given: Any) -> Answer:
    tracking.delete_tag(given)
    return {}


def _inputs(tracking: Tracking, given: Any) -> Answer:
    """Which datasets a script has used, noted as tags."""
    sets = [one.get("dataset") or {} for one in given.get("datasets") or []]
    tags = [{"key": f"dataset.{one.get('name')}", "value": one.get("digest")} for one in sets]
    tracking.log({"run_id": given.get("run_id"), "tags": tags})
    return {}


GETS: dict[str, Call] = {
    "experiments/get": _experiment,
    "experiments/get-by-name": _experiment,
    "runs/get": lambda tracking, given: {"run": tracking.shown(given.get("run_id"))},
    "metrics/get-history": lambda tracking, given: {
        "metrics": tracking.history(given.get("run_id"), str(given.get("metric_key") or ""))
    },
    "experiments/search": lambda tracking, given: {"experiments": tracking.experiments()},
}
POSTS: dict[str, Call] = {
    "experiments/create": _create_experiment,
    "experiments/search": GETS["experiments/search"],
    "runs/create": lambda tracking, given: {"run": tracking.create(given)},
    "runs/update": lambda tracking, given: {"run_info": tracking.update(given)["info"]},
    "runs/search": lambda tracking, given: {"runs": tracking.search(given)},
    "runs/log-batch": _logged,
    "runs/log-metric": _one("metrics"),
    "runs/log-parameter": _one("params"),
    "runs/set-tag": _one("tags"),
    "runs/delete-tag": _tag_gone,
    "runs/log-inputs": _inputs,
    # The client asks for them before it lists a run's artifacts; the hub keeps no such models.
    "logged-models/search": lambda tracking, given: {"models": []},
}


@csrf_exempt
def call(request: HttpRequest, word: str) -> HttpResponseBase:
    """`/mlflow/api/2.0/mlflow/{word}`."""
    try:
        found = (GETS if request.method == "GET" else POSTS).get(word)
        if found is None:
            raise NotFound(f"The hub does not offer {request.method} {word} of MLflow's API.")
        # Searches are sent as POST and change nothing.
        reads = request.method == "GET" or word.endswith("/search")
        return JsonResponse(found(_tracking(request, reads=reads), _given(request)))
    except DomainError as error:
        return as_mlflow(error)


@csrf_exempt
def proxy(request: HttpRequest, path: str = "") -> HttpResponseBase:
    """`/mlflow/api/2.0/mlflow-artifacts/artifacts/{path}`."""
    try:
        tracking = _tracking(request, reads=request.method == "GET")
        if request.method == "PUT":
            files.put(tracking, path, request, limit=settings.MAX_BODY_BYTES)
            return JsonResponse({})
        if request.method != "GET":
            raise NotFound
        if path:
            return files.fetch(tracking, path)
        return JsonResponse({"files": files.listed(tracking, request.GET.get("path", ""))})
    except DomainError as error:
        return as_mlflow(error)


proxy.body_limit_bytes = None  # type: ignore[attr-defined]


def _tracking(request: HttpRequest, *, reads: bool) -> Tracking:
    if bearer_token(request) is None:
        raise NotAuthenticated
    access = access_of(request)
    if access.scope is None:
        raise BrandRequired
    if not (access.can_read if reads else access.can_change(access.user.pk)):
        raise NotAllowed
    return Tracking(access)


def _given(request: HttpRequest) -> Any:
    if request.method == "GET":
        return request.GET
    given = strict_json.loads(request.body or b"{}")
    if not isinstance(given, dict):
        raise Invalid("Send a JSON object.")
    return given
