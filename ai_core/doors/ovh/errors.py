"""Errors as OVH's clients read them; the hub's own words stand beside OVH's."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar
from uuid import uuid4

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext_lazy as _
from rest_framework.response import Response
from rest_framework.settings import api_settings

from brands.errors import DomainError

_CLASSES = {
    400: "Client::BadRequest",
    401: "Client::Unauthorized",
    403: "Client::Forbidden",
    404: "Client::NotFound",
    409: "Client::Conflict",
    429: "Client::TooManyRequests",
}
# The hub's code → what the `ovh` client raises its exception by; elsewhere the hub's code stands.
_CODES = {
    "NOT_AUTHENTICATED": "NOT_CREDENTIAL",
    "INVALID_API_KEY": "INVALID_CREDENTIAL",
    "PERMISSION_DENIED": "FORBIDDEN",
    "BRAND_REQUIRED": "FORBIDDEN",
}


class OvhError(DomainError):
    """A request with OVH's signature that is not let in; the code is OVH's own."""


class InvalidKey(OvhError):
    """OVH: this application key is unknown, or the signature's parts are incomplete."""

    code, status = "INVALID_KEY", 403
    detail = _("This application key is invalid.")


class InvalidCredential(OvhError):
    """OVH: the consumer key is not the application's, is closed, or its owner has gone."""

    code, status = "INVALID_CREDENTIAL", 403
    detail = _("This credential is not valid.")


class InvalidSignature(OvhError):
    """OVH: the signature does not fit the request."""

    code, status = "INVALID_SIGNATURE", 400
    detail = _("The signature does not fit this request: method, full address, body and time.")


class OutOfTime(OvhError):
    """OVH: the request was signed too long ago or in the future; `server_time` says what it is."""

    code, status = "QUERY_TIME_OUT", 400
    detail = _("The request is out of time: set the clock by GET /auth/time.")


class Replayed(OvhError):
    """OVH: a request with this very signature was answered before."""

    code, status = "QUERY_REPLAYED", 409
    detail = _("This signed request was used before. Sign it anew.")


class SpeaksOvh:
    """A view whose errors have OVH's shape."""

    exception_codes: ClassVar[Mapping[str, str]] = _CODES

    def get_exception_handler(self) -> Any:
        return in_ovh_words

    def finalize_response(self, *args: Any, **kwargs: Any) -> Any:
        answer = super().finalize_response(*args, **kwargs)  # type: ignore[misc]
        answer.headers.setdefault("X-Ovh-Queryid", _query_id(self.request))  # type: ignore[attr-defined]
        return answer


def in_ovh_words(error: Exception, context: Mapping[str, Any]) -> Response:
    handler: Any = api_settings.EXCEPTION_HANDLER
    answer: Response = handler(error, context)
    answer.data = {**ovh_body(answer.status_code, answer.data), **answer.data}
    return answer


def ovh_body(status: int, ours: Mapping[str, Any]) -> dict[str, Any]:
    """Return OVH's members for an error that the hub has described."""
    return {
        "class": _CLASSES.get(status, "Client" if status < 500 else "Server::InternalServerError"),
        "errorCode": _CODES.get(ours["error_code"], ours["error_code"]),
        "httpCode": f"{status} {HTTPStatus(status).phrase}",
        "message": str(ours["detail"]),
        "details": {"message": str(ours["detail"])},  # where OVH's console looks
    }


def unknown_address(request: HttpRequest, **_kwargs: Any) -> JsonResponse:
    """Answer where this part of OVH's API is not served."""
    ours = {
        "detail": str(_("Got an invalid (or empty) URL: this part of OVH's API is not served.")),
        "error_code": "NOT_FOUND",
    }
    answer = JsonResponse({**ovh_body(404, ours), **ours}, status=404)
    answer["X-Ovh-Queryid"] = _query_id(request)
    return answer


def _query_id(request: Any) -> str:
    own = getattr(request, "_request", request)
    return f"MEGAHUB.{getattr(own, 'request_id', '') or uuid4().hex}"
