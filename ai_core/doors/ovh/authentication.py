"""OVH's signature as one more way in, beside the hub's own."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from ai_core.doors.ovh.signature import access_by_signature, is_signed
from brands.api.authentication import CHALLENGE
from brands.asking import bind, count


class OvhSignature(BaseAuthentication):
    """A signed request is judged by its signature alone."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        if not is_signed(request._request):
            return None
        access = access_by_signature(request._request)
        bind(request._request, access)
        count(request._request, access)
        return access.user, access.key

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


class OvhScheme(OpenApiAuthenticationExtension):
    target_class = "ai_core.doors.ovh.authentication.OvhSignature"
    name = "ovhSignature"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "X-Ovh-Signature",
            "description": "OVH's own, with X-Ovh-Application, X-Ovh-Consumer and "
            "X-Ovh-Timestamp; keys come from `manage.py ovh_key create`.",
        }
