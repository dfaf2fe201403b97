"""The answer to a report: when it is in the database, and not before."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from ai_core import rows
from ai_core.api import later
from ai_core.api.base import raw_json
from ai_training import gathering
from ai_training.ingest import Receipt
from ai_training.reports import Report


def receipt(view: Any, request: Request, job_pk: int, report: Report) -> HttpResponse:
    if later.is_possible(request):
        return later.answer(view, gathering.submit(job_pk, report), _shaped)
    return _shaped(gathering.take(job_pk, report))


def _shaped(found: Receipt) -> HttpResponse:
    return raw_json(rows.json_text(found.as_dict()))
