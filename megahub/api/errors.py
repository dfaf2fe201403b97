"""Shapes every error that leaves the API: `{"detail", "error_code", …facts}`, never a traceback."""

from __future__ import annotations

import logging
import math
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import (
    BadRequest,
    RequestAborted,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import ValidationError as DjangoInvalid
from django.core.signals import got_request_exception
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from django.http.request import UnreadablePostError
from django.utils.translation import gettext_lazy as _
from redis.exceptions import RedisError
from rest_framework import exceptions as drf
from rest_framework.response import Response
from rest_framework.serializers import as_serializer_error
from rest_framework.views import set_rollback

from brands.api.authentication import CHALLENGE
from brands.errors import DomainError, NotAuthenticated, PayloadTooLarge, ServiceUnavailable
from brands.strict_json import LIMITS

logger = logging.getLogger("megahub.api")

API_PREFIXES = ("/ai/", "/api/", "/v1/", "/cloud/", "/auth/", "/1.0/", "/mlflow/")
PAGES_AMONG_THEM = ("/api/docs/",)

# Errors of the framework: what is not listed here answers as ERROR_<status>.
CODES = {
    400: "VALIDATION_ERROR",
    401: "NOT_AUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    406: "NOT_ACCEPTABLE",
    411: "LENGTH_REQUIRED",
    413: "PAYLOAD_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    429: "RATE_LIMITED",
    500: "INTERNAL_ERROR",
    503: "SERVICE_UNAVAILABLE",
}


def wants_json(request: HttpRequest) -> bool:
    """Is this a program? By address, or because it asks for JSON and not for pages."""
    path = request.path_info
    if path.startswith(PAGES_AMONG_THEM):
        return False
    if path.startswith(API_PREFIXES):
        return True
    accept = request.META.get("HTTP_ACCEPT", "").lower()
    return "application/json" in accept and "text/html" not in accept


def json_error(
    status: int,
    *,
    detail: Any = None,
    code: str | None = None,
    headers: Mapping[str, str] | None = None,
    **facts: Any,
) -> JsonResponse:
    """Answer in the API's shape outside REST framework (middleware, handlers in urls.py)."""
    body = _body(status, detail=detail, code=code, facts=facts)
    answer = JsonResponse(body, status=status, headers=dict(headers or {}))
    if status == 401:
        answer.headers.setdefault("WWW-Authenticate", CHALLENGE)
    return answer


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response:
    """REST framework's door: answer for every exception, also for the ones nobody expected."""
    request = context.get("request")
    status, headers, body = describe(error, getattr(request, "_request", request))
    set_rollback()
    return Response(body, status=status, headers=headers)


def error_response(error: Exception, request: HttpRequest) -> JsonResponse:
    """Answer for an exception of a plain Django view."""
    status, headers, body = describe(error, request)
    return JsonResponse(body, status=status, headers=headers)


def describe(
    error: Exception, request: HttpRequest | None
) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Return status, headers and body; the only place that knows which error means what."""
    known = _translate(error)
    if known is None:
        return 500, {}, _unexpected(request)
    if isinstance(known, DomainError):
        facts = {**known.facts, **({"errors": known.errors} if known.errors else {})}
        status, headers = known.status, dict(known.headers)
        body = _body(status, detail=known.detail, code=known.code, facts=facts)
    else:
        status, headers, body = _from_rest_framework(known)
    if status == 401:
        headers.setdefault("WWW-Authenticate", CHALLENGE)
    if status == 503:
        logger.error("service unavailable", exc_info=error)
    return status, headers, body


def _unreadable(sentence: Any) -> Callable[[Exception], drf.APIException]:
    return lambda _error: drf.ParseError(sentence)


# Whose error means what; the first that fits counts.
_MEANINGS: tuple[tuple[Any, Callable[[Any], DomainError | drf.APIException]], ...] = (
    (drf.NotAuthenticated, lambda _error: NotAuthenticated()),
    ((DomainError, drf.APIException), lambda error: error),
    (Http404, lambda _error: drf.NotFound()),
    (DjangoPermissionDenied, lambda _error: drf.PermissionDenied()),
    (RequestDataTooBig, lambda _error: PayloadTooLarge(limit_bytes=LIMITS.size)),
    (DjangoInvalid, lambda error: drf.ValidationError(as_serializer_error(error))),
    (DataError, _unreadable(_("A value is outside what can be stored."))),
    ((UnreadablePostError, RequestAborted), _unreadable(_("The body ended too early."))),
    ((SuspiciousOperation, BadRequest), _unreadable(_("The request cannot be understood."))),
    ((OperationalError, InterfaceError, RedisError), lambda _error: ServiceUnavailable()),
)


def _translate(error: Exception) -> DomainError | drf.APIException | None:
    """Give Django's, the database's and Valkey's errors their place; None for the unexpected."""
    for kinds, meaning in _MEANINGS:
        if isinstance(error, kinds):
            return meaning(error)
    return None


def _from_rest_framework(error: drf.APIException) -> tuple[int, dict[str, str], dict[str, Any]]:
    headers: dict[str, str] = {}
    facts: dict[str, Any] = {}
    detail: Any = error.detail
    if isinstance(error, drf.ValidationError):
        facts["errors"] = dotted(error.detail)
        detail = _sentence(facts["errors"])
    elif wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(math.ceil(wait))
    elif isinstance(error, drf.NotFound) and str(detail) == str(drf.NotFound.default_detail):
        detail = None
    return error.status_code, headers, _body(error.status_code, detail=detail, facts=facts)


def dotted(detail: Any, path: str = "") -> dict[str, list[str]]:
    """Flatten nested field errors: `{"input_data": {"messages": […]}}` → `input_data.messages`."""
    if isinstance(detail, Mapping):
        pairs = [(str(key), value) for key, value in detail.items()]
    elif isinstance(detail, list | tuple) and any(isinstance(one, Mapping) for one in detail):
        pairs = [(str(index), value) for index, value in enumerate(detail) if value]
    else:
        many = detail if isinstance(detail, list | tuple) else [detail]
        return {path or "non_field_errors": [str(one) for one in many]} if many else {}
    found: dict[str, list[str]] = {}
    for key, value in pairs:
        inner = path if key == "non_field_errors" and path else f"{path}.{key}".lstrip(".")
        found.update(dotted(value, inner))
    return found


def _sentence(errors: Mapping[str, list[str]]) -> str:
    for name, messages in errors.items():
        return messages[0] if name == "non_field_errors" else f"{name}: {messages[0]}"
    return str(_("The request is not valid."))


def _body(
    status: int, *, detail: Any = None, code: str | None = None, facts: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "detail": str(detail) if detail is not None else _sentence_for(status),
        "error_code": code or CODES.get(status) or f"ERROR_{status}",
        **facts,
    }


def _sentence_for(status: int) -> str:
    sentences = {
        400: _("The request cannot be understood."),
        403: _("That is not allowed."),
        404: _("There is no such address here: /api/docs/ names them all."),
        405: _("This address does not answer that method."),
        503: _("The hub cannot answer right now. Try again in a few seconds."),
    }
    return str(sentences.get(status, _("The request could not be done.")))


def request_id(request: HttpRequest | None) -> str:
    """Return the id that the logs know this request by."""
    return str(getattr(request, "request_id", "") or uuid.uuid4().hex)


def _unexpected(request: HttpRequest | None) -> dict[str, Any]:
    """Tell the caller nothing but where to look; called while the exception is handled."""
    number = request_id(request)
    path = getattr(request, "path", "")
    logger.exception("unexpected error", extra={"request_id": number, "path": path})
    got_request_exception.send(sender=exception_handler, request=request)
    return _body(
        500,
        detail=_("Something went wrong on our side. Name this number when you report it: %(id)s.")
        % {"id": number},
        facts={"request_id": number},
    )
