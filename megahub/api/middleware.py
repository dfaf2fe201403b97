"""Stands before everything: API calls get JSON for every error, and no body beyond its limit."""

from __future__ import annotations

import io
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import is_valid_path
from django.utils import translation
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from brands.errors import DomainError, NotFound, PayloadTooLarge
from brands.strict_json import LIMITS
from megahub.api.errors import error_response, json_error, wants_json

_LONGEST_LENGTH = 15


class ApiManners:
    """A view may set `body_limit_bytes` to take more, or None to look after its body itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not wants_json(request):
            return self.get_response(request)
        try:
            refuse_odd(request)
        except DomainError as error:
            # Nobody has chosen the language yet: what follows in the line would do it.
            with translation.override(translation.get_language_from_request(request)):
                return error_response(error, request)
        return in_json(self.get_response(request))

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> Any:
        if not wants_json(request):
            return None
        limit = getattr(getattr(view, "cls", view), "body_limit_bytes", LIMITS.size)
        try:
            if limit is not None:
                measure_body(request, limit)
        except DomainError as error:
            return error_response(error, request)
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return error_response(error, request) if wants_json(request) else None


class BadLength(DomainError):
    """Content-Length is not a number."""

    code, status = "VALIDATION_ERROR", 400
    detail = _("Content-Length is not a number of bytes.")


class EncodedBody(DomainError):
    """A compressed body: it could grow without bound."""

    code, status = "UNSUPPORTED_MEDIA_TYPE", 415
    detail = _("A body with Content-Encoding is not accepted: send it uncompressed.")


class LengthRequired(DomainError):
    """The server in front does not say where a body without Content-Length ends."""

    code, status = "LENGTH_REQUIRED", 411
    detail = _("Send Content-Length.")


def refuse_odd(request: HttpRequest) -> None:
    """Refuse what no honest client sends, before anything reads it."""
    if "\0" in request.path:
        raise NotFound
    if _loses_its_body(request):
        raise NotFound(
            format_lazy(_("Addresses here end with a slash: {path}/"), path=request.path[:200])
        )
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdigit()) or len(length) > _LONGEST_LENGTH:
        raise BadLength
    if request.META.get("HTTP_CONTENT_ENCODING", "identity").strip().lower() != "identity":
        raise EncodedBody


def _loses_its_body(request: HttpRequest) -> bool:
    """Without its last slash an address is redirected, and a POST would arrive there empty."""
    path = request.path_info
    return (
        request.method not in ("GET", "HEAD")
        and not path.endswith("/")
        and not is_valid_path(path)
        and bool(is_valid_path(f"{path}/"))
    )


def measure_body(request: HttpRequest, limit: int) -> None:
    """Refuse a body above the limit; one without a length is read, but no further than that."""
    length = request.META.get("CONTENT_LENGTH")
    if length:
        if int(length) > limit:
            raise PayloadTooLarge(limit_bytes=limit)
        return
    if not request.META.get("HTTP_TRANSFER_ENCODING"):
        return
    source = request.META.get("wsgi.input") if hasattr(request, "environ") else request._stream
    if hasattr(request, "environ") and not request.META.get("wsgi.input_terminated"):
        raise LengthRequired
    body = _read(source, limit + 1)
    if len(body) > limit:
        raise PayloadTooLarge(limit_bytes=limit)
    request._stream = io.BytesIO(body)
    request.META["CONTENT_LENGTH"] = str(len(body))


def _read(source: Any, most: int) -> bytes:
    """Read up to `most` bytes from a stream that may answer in pieces."""
    pieces, size = [], 0
    while size < most and (piece := source.read(min(65_536, most - size))):
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)


def in_json(response: HttpResponseBase) -> HttpResponseBase:
    """Turn an error that Django or a middleware made for people into our shape."""
    kind = response.headers.get("Content-Type", "")
    if response.status_code < HTTPStatus.BAD_REQUEST or "json" in kind:
        return response
    answer = json_error(response.status_code)
    for name in ("Allow", "Retry-After", "X-Request-ID", "Vary"):
        if response.has_header(name):
            answer[name] = response.headers[name]
    answer.cookies = response.cookies
    return answer
