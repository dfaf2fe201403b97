"""The files of a job: the list, a signed link for each, and the door that a link opens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO, Any, ClassVar

from django.core.files.storage import default_storage
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.defaultfilters import filesizeformat
from django.utils import translation
from django.utils.http import content_disposition_header
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from ai_core import rows
from ai_core.api import shapes
from ai_core.api.base import JobsBase, ReadsInBrand, raw_json
from ai_core.api.query import Query
from ai_core.artifacts import CHUNK, from_token, link_token
from ai_core.models import Artifact
from brands.errors import DomainError, NotFound

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class ArtifactsView(JobsBase):
    """The files that a job has left."""

    @extend_schema(
        operation_id="job_artifacts",
        tags=["artifacts"],
        responses=shapes.ArtifactListSerializer,
    )
    def get(self, request: Request, id: str) -> HttpResponse:
        """Every file with its size, its SHA-256 and a signed link that expires."""
        Query(request, [])
        found = Artifact.objects.filter(job=self.number_of(id)).order_by("id")
        shown = [described(one, request) for one in found]
        return raw_json(rows.json_text({"count": len(shown), "results": shown}))


class LinkView(JobsBase):
    """A fresh link to a file."""

    permission_classes: ClassVar[Any] = [ReadsInBrand]

    @extend_schema(
        operation_id="artifact_link",
        tags=["artifacts"],
        request=None,
        responses=shapes.LinkSerializer,
    )
    def post(self, request: Request, id: str, artifact_id: int) -> HttpResponse:
        """Sign the right to fetch one file, for an hour, for whoever has the link."""
        found = Artifact.objects.filter(job=self.number_of(id), pk=artifact_id).first()
        if found is None:
            raise NotFound
        answer = raw_json(rows.json_text(_link(found, request)))
        answer["Cache-Control"] = "no-store"
        return answer


def described(artifact: Artifact, request: Request) -> dict[str, Any]:
    with translation.override("en"):
        size_text = filesizeformat(artifact.size).replace("\xa0", " ")
    return {
        "id": artifact.pk,
        "name": artifact.name,
        "kind": artifact.kind,
        "size": artifact.size,
        "size_text": size_text,
        "content_type": artifact.content_type,
        "sha256": artifact.sha256,
        "is_partial": artifact.is_partial,
        "attempt": artifact.attempt,
        "created_at": artifact.created_at,
        **_link(artifact, request),
    }


def _link(artifact: Artifact, request: Request) -> dict[str, Any]:
    token, expires_at = link_token(artifact)
    return {
        "url": request.build_absolute_uri(f"/ai/artifacts/{token}/"),
        "expires_at": expires_at,
    }


class RangeNotSatisfiable(DomainError):
    """The asked range lies outside the file."""

    code, status = "RANGE_NOT_SATISFIABLE", 416


class DownloadView(APIView):
    """A file, for whoever has its link."""

    # The link itself is the right; it was given out by a call that asked who was there.
    authentication_classes: ClassVar[Any] = []
    permission_classes: ClassVar[Any] = []

    @extend_schema(
        operation_id="artifact_download",
        tags=["artifacts"],
        parameters=shapes.RANGE,
        responses={
            (200, "application/octet-stream"): bytes,
            (206, "application/octet-stream"): bytes,
        },
    )
    def get(self, request: Request, token: str) -> HttpResponseBase:
        """The file behind a link, always as a download; `Range` goes on where one broke off."""
        artifact = from_token(token)
        begin, end = _range(request.headers.get("Range", ""), artifact.size)
        partial = (begin, end) != (0, artifact.size)
        answer: HttpResponseBase
        if request.method == "HEAD":
            answer = HttpResponse(content_type=artifact.content_type)
        else:
            source = default_storage.open(artifact.path)
            answer = StreamingHttpResponse(
                _pieces(source, begin, end), content_type=artifact.content_type
            )
        if partial:
            answer.status_code = 206
            answer["Content-Range"] = f"bytes {begin}-{end - 1}/{artifact.size}"
        for name, value in _headers(artifact).items():
            answer[name] = value
        answer["Content-Length"] = str(end - begin)
        return answer


def _headers(artifact: Artifact) -> dict[str, str]:
    """Whatever is in the file, no browser runs it in our name."""
    name = artifact.name.rsplit("/", 1)[-1]
    return {
        "Content-Disposition": content_disposition_header(True, name) or "attachment",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
        "Accept-Ranges": "bytes",
        "ETag": f'"{artifact.sha256}"',
    }


def _range(header: str, size: int) -> tuple[int, int]:
    """Return which bytes are asked for; a range that cannot be read means all of them."""
    found = _RANGE.fullmatch(header.strip())
    if found is None or (not found[1] and not found[2]):
        return 0, size
    if not found[1]:
        begin, end = max(size - int(found[2]), 0), size
    else:
        begin = int(found[1])
        end = min(int(found[2]) + 1, size) if found[2] else size
    if begin >= size or begin >= end:
        raise RangeNotSatisfiable(
            f"The file has {size} bytes.",
            headers={"Content-Range": f"bytes */{size}"},
            size=size,
        )
    return begin, end


def _pieces(source: IO[bytes], begin: int, end: int) -> Iterator[bytes]:
    with source:
        source.seek(begin)
        left = end - begin
        while left > 0 and (piece := source.read(min(CHUNK, left))):
            left -= len(piece)
            yield piece
