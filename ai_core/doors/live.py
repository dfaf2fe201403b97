"""Sends who wants a log live on to the stream of the job, which resumes without a gap."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseBase
from rest_framework.request import Request

_LIVE = "text/event-stream"


class LiveToo:
    """For a log's view: `Accept: text/event-stream` is answered by 307 to the job's stream."""

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        force = force or _wants_live(request)
        return super().perform_content_negotiation(request, force)  # type: ignore[misc]

    def get(self, request: Request, id: str) -> HttpResponseBase:
        if not _wants_live(request):
            found: HttpResponseBase = super().get(request, id)  # type: ignore[misc]
            return found
        number, _status = self.status_of(id)  # type: ignore[attr-defined]
        return HttpResponse(status=307, headers={"Location": f"/ai/jobs/{number}/stream/"})


def _wants_live(request: Request) -> bool:
    return _LIVE in request.META.get("HTTP_ACCEPT", "").lower()
