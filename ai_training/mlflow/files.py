"""Artifacts by MLflow's proxy: put, listed and fetched as files of the run."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest

from ai_core import artifacts
from ai_core.models import Artifact
from ai_training import holding
from ai_training.mlflow.tracking import Tracking
from ai_training.models import TrainingRun
from brands.errors import NotFound, PayloadTooLarge

PIECE = 1 << 20


def put(tracking: Tracking, path: str, request: HttpRequest, *, limit: int) -> None:
    """Store the body as a file of its run; the path begins with the run's id."""
    run, name = _split(tracking, path, own=True)
    with tempfile.NamedTemporaryFile() as kept:
        size = 0
        while piece := request.read(PIECE):
            size += len(piece)
            if size > limit:
                raise PayloadTooLarge(limit_bytes=limit)
            kept.write(piece)
        kept.flush()
        job = run.job
        claimed = holding.claimed_of(job, job.lease_token or job.last_token)
        artifacts.store_for(claimed, name, Path(kept.name), partial=False)


def listed(tracking: Tracking, path: str) -> list[dict[str, Any]]:
    """What lies directly below a path: files with their size, folders once."""
    run, inside = _split(tracking, path)
    start = f"{inside}/" if inside else ""
    found: dict[str, dict[str, Any]] = {}
    for name, size in _files(run).filter(name__startswith=start).values_list("name", "size"):
        first, slash, _rest = name[len(start) :].partition("/")
        is_dir = {"path": first, "is_dir": True}
        found[first] = is_dir if slash else {"path": first, "is_dir": False, "file_size": size}
    return list(found.values())


def fetch(tracking: Tracking, path: str) -> FileResponse:
    run, name = _split(tracking, path)
    one = _files(run).filter(name=name).first()
    if one is None or not default_storage.exists(one.path):
        raise NotFound
    answer = FileResponse(
        default_storage.open(one.path), as_attachment=True, filename=name.rpartition("/")[2]
    )
    answer["Content-Type"] = "application/octet-stream"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def _files(run: TrainingRun) -> Any:
    return Artifact.objects.filter(job=run.pk).order_by("name", "-attempt")


def _split(tracking: Tracking, path: str, *, own: bool = False) -> tuple[TrainingRun, str]:
    reference, _slash, name = path.strip("/").partition("/")
    return (tracking.own if own else tracking.find)(reference), name
